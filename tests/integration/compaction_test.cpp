// SPDX-License-Identifier: Apache-2.0
// `mirror compact` with the real program: killed at any system call, power lost, no room left, the
// journal is condensed or as it was, and the same command completes it (threat T19).
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class Compaction : public ::testing::Test {
  protected:
    Compaction() {
        // Enough events to leave pages of the database empty.
        std::vector<fs::path> wheels;
        for (int version = 0; version < 60; ++version) {
            wheels.push_back(m_house.make_wheel({.version = "1." + std::to_string(version)}));
        }
        m_house.make_master(wheels);
        m_listed = m_house.must("mirror", {"list", "--dir", "master", "sample"}).output;
    }

    fs::path fresh_root() {
        const fs::path root = m_house / ("case" + std::to_string(++m_cases));
        fs::create_directory(root);
        fs::create_directory(root / "master");
        // A compaction never touches the blobs.
        for (const auto& entry : fs::directory_iterator(m_house / "master")) {
            if (entry.path().filename() != "blobs") {
                fs::copy(
                    entry.path(),
                    root / "master" / entry.path().filename(),
                    fs::copy_options::recursive
                );
            }
        }
        return root;
    }

    [[nodiscard]] Command compact(const fs::path& root) const {
        return m_house.command(
            "mirror", {"compact", "--dir", root / "master", "--keep", "1", "--json"}
        );
    }

    void expect_whole_and_completable(const fs::path& root) {
        const auto status = m_house.must("mirror", {"status", "--dir", root / "master", "--json"});
        EXPECT_THAT(
            status.output, AnyOf(HasSubstr("\"checkpoint\": 0"), HasSubstr("\"checkpoint\": 121"))
        );
        const Outcome again = run_unsynced(root, compact(root));
        EXPECT_EQ(again.exit_code, 0) << again.errors;
        EXPECT_THAT(again.output, HasSubstr("\"checkpoint\": 121"));
        EXPECT_THAT(again.output, HasSubstr("\"kept\": 2")) << "the last one, and of no project";
        EXPECT_EQ(
            m_house.must("mirror", {"list", "--dir", root / "master", "sample"}).output, m_listed
        );
    }

    Household m_house;
    std::string m_listed;
    int m_cases{0};
};

TEST_F(Compaction, SurvivesAKillBeforeEverySystemCall) {
    constexpr std::uint64_t stride = 9;  // Some hundred steps copy one page of the database each.
    for (std::uint64_t nth = 1;; nth += stride * next_nth(0)) {
        const fs::path root = fresh_root();
        const FaultyRun killed = run_with(KillNth{nth}, root, compact(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 10U) << "the faults never took place";
            break;
        }
        expect_whole_and_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(Compaction, SurvivesPowerLossAfterItSaidThatItIsDone) {
    const fs::path root = fresh_root();
    const ForgetfulDisk disk(root);
    const FaultyRun done = run_with(Record{}, root, compact(root));
    ASSERT_EQ(done.outcome.exit_code, 0) << done.outcome.errors;
    const fs::path left = m_house / "image";
    disk.images(done.steps, Survival::synced_only).back().write_to(left);
    const auto status = m_house.must("mirror", {"status", "--dir", left / "master", "--json"});
    EXPECT_THAT(status.output, HasSubstr("\"checkpoint\": 121"));
    expect_whole_and_completable(left);
}

TEST_F(Compaction, SaysSoOnAFullDisk) {
    constexpr std::uint64_t stride = 11;
    for (std::uint64_t nth = 1;; nth += stride * next_nth(0)) {
        const fs::path root = fresh_root();
        const FaultyRun full = run_with(FailNth{nth, ENOSPC}, root, compact(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
        if (!full.struck()) {
            break;
        }
        if (full.outcome.exit_code != 0) {
            EXPECT_EQ(full.outcome.exit_code, 7) << full.outcome.errors;
            EXPECT_THAT(full.outcome.errors, HasSubstr("error: "));
        }
        expect_whole_and_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(Compaction, TakesEventsOrDaysAndNothingElse) {
    for (const auto* keep : {"30d", "0d", "0", "100000"}) {
        m_house.must("mirror", {"compact", "--dir", "master", "--keep", keep});
    }
    for (const auto* keep : {"", "d", "-1", "3 days", "99999999999d", "1e3"}) {
        const auto outcome = m_house.run("mirror", {"compact", "--dir", "master", "--keep", keep});
        EXPECT_EQ(outcome.exit_code, 2) << keep;
        EXPECT_THAT(outcome.errors, HasSubstr("30d"));
    }
}

}  // namespace
}  // namespace heliograph::test_support
