// SPDX-License-Identifier: Apache-2.0
// Several files in one run of `fetch`: each stands for itself, and the worst decides how it ends.
#include <pki/base/json.hpp>
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

class ManyFiles : public AdversaryTest {
  protected:
    /// @p count wheels `part-N`, published beside the others.
    std::vector<std::string> publish_parts(int count) {
        std::vector<std::string> names;
        std::vector<std::string> arguments{"add", "--dir", "master"};
        for (int i = 0; i < count; ++i) {
            names.push_back("part-" + std::to_string(i));
            arguments.push_back(m_house.make_wheel({.name = names.back(), .version = "1.0"}));
        }
        m_house.must("mirror", std::move(arguments));
        return names;
    }
};

TEST_F(ManyFiles, ComeSideBySideAndAreReportedInTheOrderTheyWereAskedFor) {
    auto names = publish_parts(24);
    names.emplace_back("--verify");
    const Fetched got = m_house.fetch({m_master->url()}, names);
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 24U);
    std::size_t last = 0;
    for (int i = 0; i < 24; ++i) {
        const auto at = got.outcome.output.find("/part_" + std::to_string(i) + "-1.0-");
        ASSERT_NE(at, std::string::npos) << got.outcome.output;
        EXPECT_GT(at, last);
        last = at;
    }
    EXPECT_THAT(got.outcome.output, HasSubstr("24 of 24 files verified and here"));
    EXPECT_EQ(m_house.fetch({m_master->url()}, {"sample", "--jobs", "0"}).outcome.exit_code, 2);
}

TEST_F(ManyFiles, AreNotCalledVerifiedWhereNothingIs) {
    const Fetched got = m_house.fetch({m_master->url()}, {"--no-verify", "sample", "other"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_THAT(got.outcome.output, HasSubstr("2 of 2 files here, nothing authenticated"));
}

TEST_F(ManyFiles, FailEachForItself) {
    const Fetched got =
        m_house.fetch({m_master->url()}, {"--verify", "sample", "nothing-there", "other"});
    EXPECT_EQ(got.outcome.exit_code, 3) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 2U) << "what stands behind the failure is fetched too";
    EXPECT_THAT(got.outcome.errors, HasSubstr("1 file could not be had: nothing-there"));
}

TEST_F(ManyFiles, EndWithTheWorstCauseAndNotWithTheLargestNumber) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path(m_file));
    const Fetched got =
        m_house.fetch({liar.url()}, {"--verify", "nothing-there", "sample", "other", "--json"});
    EXPECT_EQ(got.outcome.exit_code, 1) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 1U) << "nothing has a final name that is not verified";
    const auto document = parse_json(got.outcome.output, JsonLimits{});
    ASSERT_TRUE(document.has_value()) << got.outcome.output;
    EXPECT_EQ((*document->array_member("results"))->size(), 3U);
}

TEST_F(ManyFiles, AreSavedFromALiarByTheNextMirror) {
    auto names = publish_parts(12);
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.flip_byte(Target::path(m_file));
    names.insert(names.end(), {"sample", "--verify"});
    const Fetched got = m_house.fetch({liar.url(), m_master->url()}, names);
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files.size(), 13U);
    EXPECT_EQ(got.files.at(m_name), m_wheel);
    EXPECT_THAT(got.outcome.errors, HasSubstr(liar.url()));
}

}  // namespace
}  // namespace heliograph::test_support
