// SPDX-License-Identifier: Apache-2.0
// A mirror of what a list of requirements names and of all that it needs, by the real programs, to
// a client that installs from it.
#include <tests/integration/household.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LockedClosure : public ::testing::Test {
  protected:
    LockedClosure() {
        m_house.make_master(
            {m_house.make_wheel({.name = "app", .needs = {"lib>=1,<2"}}),
             m_house.make_wheel({.name = "lib", .needs = {"base; sys_platform == 'win32'"}}),
             m_house.make_wheel({.name = "lib", .version = "2.0"}),
             m_house.make_wheel({.name = "base"}),
             m_house.make_wheel({.name = "unrelated"})}
        );
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("mirror", m_master->url());
        std::ofstream(m_house / "requirements.txt") << "app\n";
    }

    std::string listed() {
        m_house.must("mirror", {"sync", "--dir", "mirror"});
        return m_house.must("mirror", {"list", "--dir", "mirror"}).output;
    }

    Household m_house;
    std::optional<Serving> m_master;
};

TEST_F(LockedClosure, ComesWithALockFileAndGoesWithoutIt) {
    const auto told =
        m_house.must("mirror", {"filter", "--dir", "mirror", "--lock", "requirements.txt"});
    EXPECT_THAT(told.output, HasSubstr("and what these need, by their metadata"));
    const auto synced = m_house.must("mirror", {"sync", "--dir", "mirror"});
    EXPECT_THAT(synced.output, HasSubstr("the wanted projects need 2 others"));
    const auto all = listed();
    for (const char* project : {"app", "base", "lib"}) {
        EXPECT_THAT(all, HasSubstr(project));
    }
    EXPECT_THAT(all, Not(HasSubstr("unrelated")));
    const auto mirror = m_house.serve("mirror");
    const auto got = m_house.fetch({mirror.url()}, {"app", "--deps"});
    EXPECT_EQ(got.outcome.exit_code, 0) << got.outcome.errors;
    EXPECT_EQ(got.files.count("lib-1.0-py3-none-any.whl"), 1U);

    m_house.must("mirror", {"filter", "--dir", "mirror", "--no-closure"});
    const auto few = listed();
    EXPECT_THAT(few, HasSubstr("app"));
    EXPECT_THAT(few, Not(HasSubstr("lib")));
    m_house.must("mirror", {"filter", "--dir", "mirror", "--closure"});
    EXPECT_THAT(listed(), HasSubstr("lib"));
    m_house.must("mirror", {"verify", "--dir", "mirror"});
}

TEST_F(LockedClosure, IsForAMirrorOfSomeProjects) {
    const auto refused = m_house.run("mirror", {"filter", "--dir", "mirror", "--closure"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("--project"));
}

}  // namespace
}  // namespace heliograph::test_support
