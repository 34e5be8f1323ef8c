// SPDX-License-Identifier: Apache-2.0
// An air gap crossed by the real programs: exit codes as people and scripts see them, and a kill at
// any system call, after which the same command completes it (threat T19).
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class AirGap : public ::testing::Test {
  protected:
    AirGap() {
        m_house.make_master(
            {m_house.make_wheel({.version = "1.0"}), m_house.make_wheel({.version = "1.1"})}
        );
        m_house.must("mirror", {"bundle", "--dir", "master", "--since", "0", "-o", "all.bundle"});
        m_listed = m_house.must("mirror", {"list", "--dir", "master", "sample"}).output;
    }

    fs::path make_inside() {
        const std::string name = "case" + std::to_string(++m_cases);
        fs::create_directory(m_house / name);
        m_house.make_mirror(name + "/inside", "https://127.0.0.1:1/");
        return m_house / name;
    }

    [[nodiscard]] Command unbundle(const fs::path& root) const {
        return m_house.command(
            "mirror", {"unbundle", "--dir", root / "inside", m_house / "all.bundle"}
        );
    }

    void expect_completable(const fs::path& root) {
        // Whatever shows is whole: there is one project.
        m_house.must("mirror", {"verify", "--dir", root / "inside"});
        const Outcome again = run_unsynced(root, unbundle(root));
        EXPECT_EQ(again.exit_code, 0) << again.errors;
        EXPECT_EQ(
            m_house.must("mirror", {"list", "--dir", root / "inside", "sample"}).output, m_listed
        );
        m_house.must("mirror", {"verify", "--dir", root / "inside"});
    }

    Household m_house;
    std::string m_listed;
    int m_cases{0};
};

TEST_F(AirGap, SurvivesAKillAtAnySystemCall) {
    constexpr std::uint64_t stride = 17;
    for (std::uint64_t nth = 1;; nth += stride * next_nth(0)) {
        const fs::path root = make_inside();
        const FaultyRun killed = run_with(KillNth{nth}, root, unbundle(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 10U) << "the faults never took place";
            break;
        }
        expect_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(AirGap, EndsByCause) {
    m_house.make_mirror("inside", "https://127.0.0.1:1/");
    m_house.must("mirror", {"bundle", "--dir", "master", "--since", "2", "-o", "late.bundle"});
    const auto gap = m_house.run("mirror", {"unbundle", "--dir", "inside", "late.bundle"});
    EXPECT_EQ(gap.exit_code, 6);
    EXPECT_THAT(gap.errors, HasSubstr("bundle-gap"));
    EXPECT_EQ(m_house.run("mirror", {"unbundle", "--dir", "inside", "none"}).exit_code, 3);
    EXPECT_EQ(m_house.run("mirror", {"unbundle", "--dir", "inside", "trust.json"}).exit_code, 1);
    EXPECT_EQ(m_house.run("mirror", {"unbundle", "--dir", "master", "all.bundle"}).exit_code, 2);
    EXPECT_EQ(
        m_house.run("mirror", {"bundle", "--dir", "master", "--since", "99", "-o", "x"}).exit_code,
        2
    );
    const auto taken =
        m_house.run("mirror", {"bundle", "--dir", "master", "--since", "0", "-o", "all.bundle"});
    EXPECT_EQ(taken.exit_code, 7) << "it exists";
    const auto done = m_house.must("mirror", {"unbundle", "--dir", "inside", "all.bundle"});
    EXPECT_THAT(done.output + done.errors, HasSubstr("complete at serial"));
}

TEST_F(AirGap, CarriesWordOfARevokedSignerAndNothingElse) {
    const fs::path root = make_inside();
    m_house.must("mirror", {"unbundle", "--dir", root / "inside", "all.bundle"});
    m_house.must("mirror", {"verify", "--dir", root / "inside"});
    m_house.must("mirror", {"add", "--dir", "master", m_house.make_wheel({.version = "1.2"})});
    m_house.must("pki", {"revoke", "--dir", "pki", "page-signer"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    m_house.must("mirror", {"bundle", "--dir", "master", "--since", "0", "-o", "last.bundle"});
    const auto refused =
        m_house.run("mirror", {"unbundle", "--dir", root / "inside", "last.bundle"});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("signer-revoked"));
    EXPECT_EQ(
        m_house.must("mirror", {"list", "--dir", root / "inside", "sample"}).output, m_listed
    );
    // The clients of this mirror may hear it from nobody else.
    const auto told = m_house.run("mirror", {"verify", "--dir", root / "inside"});
    EXPECT_NE(told.exit_code, 0);
    EXPECT_THAT(told.errors, HasSubstr("signer-revoked"));
}

}  // namespace
}  // namespace heliograph::test_support
