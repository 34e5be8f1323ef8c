// SPDX-License-Identifier: Apache-2.0
// Threat T8 against the real fetch: a mirror that falls silent in the middle of a file is left for
// the next one, which goes on where it stopped. Takes as long as the client's patience.
#include <tests/integration/adversary.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

class SlowRetrieval : public AdversaryTest {};

TEST_F(SlowRetrieval, EndsWithTheNextMirrorFromWhereItStopped) {
    LyingMirror liar(m_master->url(), Greeting::tls, m_house.server_identity());
    liar.misbehave(Target::path(m_file), Misbehaviour::stall, 100);
    LyingMirror second(m_master->url(), Greeting::tls, m_house.server_identity());
    const Fetched saved = m_house.fetch({liar.url(), second.url()}, {"--verify", "sample"});
    EXPECT_EQ(saved.outcome.exit_code, 0) << saved.outcome.errors;
    EXPECT_EQ(saved.files, (std::map<std::string, std::string>{{m_name, m_wheel}}));
    EXPECT_THAT(saved.outcome.errors, HasSubstr(liar.url()));
    EXPECT_EQ(second.server().requests().back().header("Range"), "bytes=100-");
}

}  // namespace
}  // namespace heliograph::test_support
