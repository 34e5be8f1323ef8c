// SPDX-License-Identifier: Apache-2.0
#include <tests/support/lying_mirror.hpp>
#include <tests/support/plain_client.hpp>

#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

class LyingMirrorTest : public ::testing::Test {
  protected:
    void SetUp() override {
        m_honest.on("/a", ok("abcdef"));
        m_honest.on("/b", ok("other"));
    }

    [[nodiscard]] std::string seen(const std::string& path) const {
        return plain_get(m_mirror.url(), path).body;
    }

    ScriptedServer m_honest;
    LyingMirror m_mirror{m_honest.url()};
};

TEST_F(LyingMirrorTest, PassesEverythingOnUnchangedAtFirst) {
    EXPECT_EQ(seen("/a"), "abcdef");
    EXPECT_EQ(plain_get(m_mirror.url(), "/none").status, 404);
}

TEST_F(LyingMirrorTest, FlipsOneBitOfTheTargetOnly) {
    m_mirror.flip_byte(Target::path("/a"));
    EXPECT_EQ(seen("/a"), "abceef");
    EXPECT_EQ(seen("/b"), "other");
}

TEST_F(LyingMirrorTest, EditsAndKeepsTheLengthRight) {
    m_mirror.edit(Target::any(), "cd", "CDCD");
    EXPECT_EQ(seen("/a"), "abCDCDef");
}

TEST_F(LyingMirrorTest, SwapsOnePathForAnother) {
    m_mirror.swap(Target::ending("a"), "/b");
    EXPECT_EQ(seen("/a"), "other");
}

TEST_F(LyingMirrorTest, HidesAPath) {
    m_mirror.hide(Target::below("/a"));
    EXPECT_EQ(plain_get(m_mirror.url(), "/a").status, 404);
    EXPECT_EQ(seen("/b"), "other");
    m_mirror.repent();
    EXPECT_EQ(seen("/a"), "abcdef");
}

TEST_F(LyingMirrorTest, ReplaysWhatItRemembers) {
    m_mirror.remember();
    EXPECT_EQ(seen("/a"), "abcdef");
    m_mirror.replay();
    m_honest.on("/a", ok("news"));
    m_honest.on("/b", ok("more news"));
    EXPECT_EQ(seen("/a"), "abcdef");
    EXPECT_EQ(seen("/b"), "more news");
}

TEST_F(LyingMirrorTest, TruncatesWhatItPassesOn) {
    m_mirror.misbehave(Target::path("/a"), Misbehaviour::close, 3);
    EXPECT_THROW((void)seen("/a"), std::runtime_error);
}

}  // namespace
}  // namespace heliograph::test_support
