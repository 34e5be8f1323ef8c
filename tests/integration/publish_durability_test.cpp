// SPDX-License-Identifier: Apache-2.0
// Threat T19 against `mirror add`: killed at every system call, power lost at every moment, disk
// full at every write. At every point the folder is whole and serves the old state or the new one;
// the same command completes it.
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>
#include <tests/unit/verify/attest/statement.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class PublishDurability : public ::testing::Test {
  protected:
    PublishDurability() {
        const fs::path first = m_house.make_wheel({.version = "1.0"});
        m_second = m_house.make_wheel({.version = "1.1"});
        m_house.make_master({first});
        m_old = first.filename().string() + "\n";
        m_new = m_old + m_second.filename().string() + "\n";
    }

    /// A fresh copy of the master with one wheel published, in a root of its own.
    fs::path fresh_root() {
        const fs::path root = m_house / ("case" + std::to_string(++m_cases));
        fs::create_directory(root);
        copy_folder(m_house / "master", root / "master");
        return root;
    }

    [[nodiscard]] Command add(const fs::path& root) const {
        return m_house.command("mirror", {"add", "--dir", root / "master", m_second});
    }

    /// Runs it and keeps what it did to the disk below the root.
    FaultyRun run_here(const Fault& fault, const fs::path& root, const Command& command) {
        FaultyRun run = run_with(fault, root, command);
        std::vector<DiskStep>& history = m_history[root];
        history.insert(history.end(), run.steps.begin(), run.steps.end());
        return run;
    }

    Outcome must(const fs::path& root, std::vector<std::string> arguments) {
        const Command command = m_house.command("mirror", std::move(arguments));
        const Outcome outcome = run_here(Record{}, root, command).outcome;
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
        m_house.expect_no_secret(outcome);
        return outcome;
    }

    /// The names of the published files, one a line, sorted.
    std::string published(const fs::path& root) {
        const Outcome listed = must(root, {"list", "--dir", root / "master", "sample"});
        std::vector<std::string> names;
        for (std::size_t at = 0; at < listed.output.size();) {
            const std::size_t end = listed.output.find('\n', at);
            const std::size_t name = listed.output.find("  ", at) + 2;
            names.push_back(listed.output.substr(name, end - name + 1));
            at = end + 1;
        }
        std::sort(names.begin(), names.end());
        std::string all;
        for (const std::string& name : names) {
            all += name;
        }
        return all;
    }

    /// A change of the one release that the folder has.
    struct Change {
        std::vector<std::string> arguments;
        std::string goal;  ///< What state_of_release() says of it afterwards.
        int exit_code_when_done;
        std::string start = "offered";  ///< What it says before.
    };

    /// What became of that release: `offered`, `yanked`, `archived`, `attested` or `gone`.
    /// @thread Safe.
    [[nodiscard]] std::string state_of_release(const fs::path& root) const {
        const Outcome shown = run_unsynced(
            root, m_house.command("mirror", {"show", "--dir", root / "master", "sample"})
        );
        EXPECT_THAT(shown.exit_code, AnyOf(0, 3)) << shown.errors;
        if (shown.output.find(m_old.substr(0, m_old.size() - 1)) == std::string::npos) {
            return "gone";
        }
        const std::pair<std::string_view, std::string> marks[] = {
            {", yanked: broken", "yanked"},
            {", archived (complete)", "archived"},
            {", with provenance", "attested"}};
        for (const auto& [mark, state] : marks) {
            if (shown.output.find(mark) != std::string::npos) {
                return state;
            }
        }
        return "offered";
    }

    /// @thread Safe.
    void expect_sound(const fs::path& root) const {
        const Outcome checked =
            run_unsynced(root, m_house.command("mirror", {"verify", "--dir", root / "master"}));
        EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.errors;
    }

    /// A command that makes the change does so in one step, whenever it is killed.
    void expect_kills_survived(const Change& change);
    /// The same killed before one call. @return Whether there is such a call. @thread Safe.
    [[nodiscard]] bool survives_kill(const Change& change, std::uint64_t nth);

    /// The folder is whole, and the command that was disturbed completes when it runs again.
    void expect_whole_and_completable(const fs::path& root) {
        must(root, {"verify", "--dir", root / "master"});
        EXPECT_THAT(published(root), AnyOf(m_old, m_new));
        const FaultyRun again = run_here(Record{}, root, add(root));
        EXPECT_EQ(again.outcome.exit_code, 0) << again.outcome.errors;
        expect_new_and_whole(root);
        expect_nothing_left_behind(root);
    }

    void expect_new_and_whole(const fs::path& root) {
        must(root, {"verify", "--dir", root / "master"});
        EXPECT_EQ(published(root), m_new);
    }

    /// Beside the database there are the same files as after an undisturbed run.
    void expect_nothing_left_behind(const fs::path& root) {
        if (m_undisturbed.empty()) {
            const fs::path calm = fresh_root();
            EXPECT_EQ(run_unsynced(calm, add(calm)).exit_code, 0);
            m_undisturbed = stable_names(calm);
        }
        EXPECT_EQ(stable_names(root), m_undisturbed);
    }

    static std::vector<std::string> stable_names(const fs::path& root) {
        std::vector<std::string> names;
        for (const auto& [name, content] : contents_of(root)) {
            if (name.find("-wal") == std::string::npos && name.find("-shm") == std::string::npos &&
                name != "master/checked.bin") {
                names.push_back(name);
            }
        }
        return names;
    }

    Household m_house;
    fs::path m_second;
    std::string m_old;
    std::string m_new;
    std::vector<std::string> m_undisturbed;
    std::map<fs::path, std::vector<DiskStep>> m_history;
    std::atomic<int> m_cases{0};
};

// The power goes once more, after the second run: what the killed one had not synced yet is not
// safe just because the second finds it there.
TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCall) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const ForgetfulDisk disk(root);
        const FaultyRun killed = run_here(KillNth{nth}, root, add(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        m_house.expect_no_secret(killed.outcome);
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            expect_new_and_whole(root);
            EXPECT_GT(nth, 10U) << "the faults never took place";
            break;
        }
        expect_whole_and_completable(root);
        const fs::path left = m_house / ("image" + std::to_string(++m_cases));
        disk.images(m_history[root], Survival::synced_only).back().write_to(left);
        expect_new_and_whole(left);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
        fs::remove_all(left);
    }
}

// What was published changes as a whole or not at all: the page, its signature and the journal are
// of one commit. A blob that a removal left behind is an orphan, which harms nobody.
bool PublishDurability::survives_kill(const Change& change, std::uint64_t nth) {
    const fs::path root = fresh_root();
    auto placed = change.arguments;
    placed.insert(placed.end(), {"--dir", root / "master"});
    const Command command = m_house.command("mirror", placed);
    const FaultyRun killed = run_with(KillNth{nth}, root, command);
    SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
    expect_sound(root);
    const std::string between = state_of_release(root);
    EXPECT_THAT(between, AnyOf(change.start, change.goal));
    const Outcome again = run_unsynced(root, command);
    EXPECT_EQ(again.exit_code, between == change.goal ? change.exit_code_when_done : 0)
        << again.errors;
    expect_sound(root);
    EXPECT_EQ(state_of_release(root), change.goal);
    if (!killed.struck()) {
        EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
        EXPECT_EQ(between, change.goal);
        EXPECT_GT(nth, 10U) << "the faults never took place";
    }
    fs::remove_all(root);
    return killed.struck();
}

// Before every system call; several at once, each in a root of its own.
void PublishDurability::expect_kills_survived(const Change& change) {
    constexpr std::size_t at_once = 4;
    std::mutex turn;
    std::uint64_t last = 0;
    bool over = false;
    const auto take = [&]() -> std::optional<std::uint64_t> {
        const std::lock_guard lock(turn);
        if (over || HasFailure()) {
            return std::nullopt;
        }
        last = next_nth(last);
        return last;
    };
    std::vector<std::jthread> workers;
    for (std::size_t at = 0; at < at_once; ++at) {
        workers.emplace_back([&] {
            while (const auto nth = take()) {
                if (!survives_kill(change, *nth)) {
                    const std::lock_guard lock(turn);
                    over = true;
                }
            }
        });
    }
}

TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfARemoval) {
    expect_kills_survived({{"remove", m_old.substr(0, m_old.size() - 1)}, "gone", 3});
}

TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfAProjectsRemoval) {
    expect_kills_survived({{"remove", "--project", "sample"}, "gone", 3});
}

TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfAYank) {
    expect_kills_survived({{"yank", "--reason", "broken", "sample", "1.0"}, "yanked", 0});
}

// What a killed one leaves is the yank with its reason, or none of it.
TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfAnUnyank) {
    const Command yank = m_house.command(
        "mirror", {"yank", "--dir", m_house / "master", "--reason", "broken", "sample", "1.0"}
    );
    ASSERT_EQ(run_unsynced(m_house.folder(), yank).exit_code, 0);
    expect_kills_survived({{"unyank", "sample", "1.0"}, "offered", 0, "yanked"});
}

TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfAStatus) {
    expect_kills_survived(
        {{"status", "set", "archived", "sample", "--reason", "complete"}, "archived", 0}
    );
}

// The object lies among the blobs before the page names it.
TEST_F(PublishDurability, SurvivesAKillBeforeEverySystemCallOfAnAttestation) {
    const std::string name = m_old.substr(0, m_old.size() - 1);
    const fs::path object = m_house / "provenance.json";
    std::ofstream(object) << verify::test_attest::provenance_of(
        {.name = name, .sha256 = sha256_hex(read_text(m_house / "files" / name))}
    );
    expect_kills_survived({{"attest", name, object}, "attested", 0});
}

TEST_F(PublishDurability, SurvivesAKillInTheMiddleOfEveryWrite) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const FaultyRun killed = run_with(KillNth{nth, KillNth::Moment::torn}, root, add(root));
        SCOPED_TRACE("write " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            break;
        }
        expect_whole_and_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(PublishDurability, SaysSoAndLosesNothingOnAFullDisk) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const FaultyRun full = run_with(FailNth{nth, ENOSPC}, root, add(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
        m_house.expect_no_secret(full.outcome);
        if (!full.struck()) {
            break;
        }
        if (full.outcome.exit_code == 0) {
            // The room was only missed after the commit, where nothing that matters is written.
            EXPECT_EQ(published(root), m_new);
        } else {
            EXPECT_EQ(full.outcome.exit_code, 7);
            EXPECT_THAT(full.outcome.errors, HasSubstr("error: "));
            EXPECT_EQ(published(root), m_old);
        }
        expect_whole_and_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(PublishDurability, SaysSoWhenTheDiskWillNotSync) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const FailNth fault{nth, EIO, FailNth::Duration::once, kinds_that_sync()};
        const FaultyRun broken = run_with(fault, root, add(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + broken.where());
        if (!broken.struck()) {
            break;
        }
        if (broken.outcome.exit_code != 0) {
            EXPECT_EQ(broken.outcome.exit_code, 7) << broken.outcome.errors;
            EXPECT_THAT(broken.outcome.errors, HasSubstr("error: "));
        }
        expect_whole_and_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

// Many files at once are synced together; every ninth step, for there are hundreds of them.
TEST_F(PublishDurability, SurvivesAKillDuringABatch) {
    std::vector<std::string> arguments{"add", "--dir", ""};
    for (int version = 1; version <= 12; ++version) {
        const fs::path wheel = m_house.make_wheel({.version = "2." + std::to_string(version)});
        arguments.push_back(wheel);
    }
    for (std::uint64_t nth = 1;; nth += 9 * next_nth(0)) {
        const fs::path root = fresh_root();
        const ForgetfulDisk disk(root);
        arguments[2] = root / "master";
        const Command command = m_house.command("mirror", arguments);
        const FaultyRun killed = run_here(KillNth{nth}, root, command);
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 50U) << "the faults never took place";
            break;
        }
        must(root, {"verify", "--dir", root / "master"});
        const std::string before = published(root);
        EXPECT_TRUE(before == m_old || std::count(before.begin(), before.end(), '\n') == 13)
            << "all or none, saw:\n"
            << before;
        EXPECT_EQ(run_here(Record{}, root, command).outcome.exit_code, 0);
        const fs::path left = m_house / ("image" + std::to_string(++m_cases));
        disk.images(m_history[root], Survival::synced_only).back().write_to(left);
        must(left, {"verify", "--dir", left / "master"});
        const std::string after = published(left);
        EXPECT_EQ(std::count(after.begin(), after.end(), '\n'), 13) << after;
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
        fs::remove_all(left);
    }
}

// What a batch costs beside its bytes: contents and names are synced once, however many there are.
TEST_F(PublishDurability, SyncsABatchAsAWhole) {
    const fs::path root = fresh_root();
    std::vector<std::string> arguments{"add", "--dir", root / "master"};
    for (int version = 1; version <= 12; ++version) {
        arguments.push_back(m_house.make_wheel({.version = "2." + std::to_string(version)}));
    }
    const FaultyRun run = run_with(Record{}, root, m_house.command("mirror", arguments));
    ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
    const auto counted = [&](Operation operation) {
        return std::count_if(run.steps.begin(), run.steps.end(), [&](const DiskStep& step) {
            return step.record.operation == operation;
        });
    };
    EXPECT_EQ(counted(Operation::sync_all), 2);
    EXPECT_LE(counted(Operation::sync_folder), 4) << "those of the catalogue";
}

TEST_F(PublishDurability, SurvivesPowerLossAtEveryMoment) {
    const fs::path root = fresh_root();
    const ForgetfulDisk disk(root);
    const FaultyRun recorded = run_with(Record{}, root, add(root));
    ASSERT_EQ(recorded.outcome.exit_code, 0) << recorded.outcome.errors;
    for (const Survival survival :
         {Survival::synced_only, Survival::names_first, Survival::bytes_first}) {
        const auto images = disk.images_to_try(recorded.steps, survival);
        for (const DiskImage& image : images) {
            SCOPED_TRACE(
                "survival " + std::to_string(static_cast<int>(survival)) + ", power lost after " +
                (image.after_step == 0 ? "nothing" : describe(recorded.steps[image.after_step - 1]))
            );
            const fs::path left = m_house / ("image" + std::to_string(++m_cases));
            image.write_to(left);
            if (&image == &images.back()) {
                expect_new_and_whole(left);  // it was acknowledged
            }
            expect_whole_and_completable(left);
            if (HasFailure()) {
                return;
            }
            fs::remove_all(left);
        }
    }
}

}  // namespace
}  // namespace heliograph::test_support
