// SPDX-License-Identifier: Apache-2.0
// What base promises about files and databases, held against every kill, every full disk and every
// power loss.
#include <pki/base/database/database.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>
#include <tests/support/places.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace heliograph {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;
using test_support::Command;
using test_support::contents_of;
using test_support::FailNth;
using test_support::FaultyRun;
using test_support::ForgetfulDisk;
using test_support::KillNth;
using test_support::Record;
using test_support::run_with;
using test_support::ShortenNth;
using test_support::Survival;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;

constexpr std::array every_survival{
    Survival::synced_only, Survival::names_first, Survival::bytes_first};

Command probe(std::vector<std::string> arguments) {
    return {.program = test_support::disk_probe_program, .arguments = std::move(arguments)};
}

/// A root folder with a file `name` that holds "old".
struct World {
    World() {
        fs::create_directory(root);
        std::ofstream(file) << "old";
    }
    TempFolder folder;
    fs::path root = folder / "root";
    fs::path file = root / "name";
};

/// Content of `name` among @p contents; "gone" when there is no such file.
std::string named(const std::map<std::string, std::string>& contents) {
    const auto found = contents.find("name");
    return found == contents.end() ? "gone" : found->second;
}

TEST(AtomicFileDurability, HoldsTheOldOrTheNewBytesAfterEveryKill) {
    for (const auto moment : {KillNth::Moment::before, KillNth::Moment::torn}) {
        for (std::uint64_t nth = 1;; ++nth) {
            const World world;
            const FaultyRun run =
                run_with(KillNth{nth, moment}, world.root, probe({"atomic", world.file, "new"}));
            SCOPED_TRACE(run.where());
            ASSERT_THAT(named(contents_of(world.root)), AnyOf("old", "new"));
            if (!run.struck()) {
                EXPECT_EQ(named(contents_of(world.root)), "new");
                // create, write, sync, rename, sync the folder; of these one is a write
                EXPECT_GT(nth, moment == KillNth::Moment::before ? 5U : 1U);
                break;
            }
        }
    }
}

TEST(AtomicFileDurability, KeepsTheOldFileAndLeavesNothingOnAFullDisk) {
    for (const int error : {ENOSPC, EIO, EDQUOT}) {
        for (std::uint64_t nth = 1;; ++nth) {
            const World world;
            const FaultyRun run =
                run_with(FailNth{nth, error}, world.root, probe({"atomic", world.file, "new"}));
            if (!run.struck()) {
                break;
            }
            SCOPED_TRACE(run.where());
            EXPECT_EQ(run.outcome.exit_code, 7);
            EXPECT_THAT(run.outcome.errors, HasSubstr(world.file.string()));
            EXPECT_EQ(
                contents_of(world.root), (std::map<std::string, std::string>{{"name", "old"}})
            );
        }
    }
}

TEST(AtomicFileDurability, SaysSoWhenTheDiskWillNotSync) {
    const World world;
    const FaultyRun run = run_with(
        FailNth{1, EIO, FailNth::Duration::once, test_support::kinds_that_sync()},
        world.root,
        probe({"atomic", world.file, "new"})
    );
    EXPECT_EQ(run.outcome.exit_code, 7);
    EXPECT_EQ(contents_of(world.root), (std::map<std::string, std::string>{{"name", "old"}}));
}

TEST(AtomicFileDurability, WritesAllBytesWhenTheSystemTakesFewer) {
    const World world;
    const FaultyRun run =
        run_with(ShortenNth{1}, world.root, probe({"atomic", world.file, "brand new"}));
    EXPECT_TRUE(run.struck() || run.steps.size() > 5);
    EXPECT_EQ(named(contents_of(world.root)), "brand new");
}

TEST(AtomicFileDurability, SurvivesPowerLossAtEveryMoment) {
    for (const Survival survival : every_survival) {
        const World world;
        const ForgetfulDisk disk(world.root);
        const FaultyRun run =
            run_with(Record{}, world.root, probe({"atomic", world.file, "brand new"}));
        const auto images = disk.images(run.steps, survival);
        for (const auto& image : images) {
            EXPECT_THAT(*image.entries.at("name").bytes, AnyOf("old", "brand new"));
        }
        EXPECT_EQ(*images.back().entries.at("name").bytes, "brand new");
    }
}

TEST(MakeFolderDurability, SurvivesPowerLossOnceAcknowledged) {
    const World world;
    const ForgetfulDisk disk(world.root);
    const FaultyRun run = run_with(Record{}, world.root, probe({"folder", world.root / "a/b/c"}));
    EXPECT_EQ(disk.images(run.steps, Survival::synced_only).back().entries.count("a/b/c"), 1U);
}

/// Rows in the database `name`, which must open and be whole; 0 when it was never made.
std::int64_t rows_in(const fs::path& root) {
    constexpr std::array migrations{Migration{"CREATE TABLE number(value INTEGER)"}};
    auto database = Database::open(root / "rows.db", OpenMode::create, migrations);
    if (!database.has_value()) {
        ADD_FAILURE() << database.error().message();
        return -1;
    }
    auto check = database->prepare("PRAGMA integrity_check");
    EXPECT_TRUE(check.has_value() && check->step().has_value() && check->text(0) == "ok");
    auto count = database->prepare("SELECT count(*), ifnull(max(value), 0) FROM number");
    EXPECT_TRUE(count.has_value() && count->step().has_value());
    EXPECT_EQ(count->integer(0), count->integer(1)) << "a row in the middle is missing";
    return count->integer(0);
}

TEST(DatabaseDurability, KeepsEveryAcknowledgedRowAfterEveryKill) {
    for (std::uint64_t nth = 1;; ++nth) {
        const World world;
        const FaultyRun run =
            run_with(KillNth{nth}, world.root, probe({"rows", world.root / "rows.db", "3"}));
        SCOPED_TRACE(run.where());
        const std::string& said = run.outcome.output;
        const std::int64_t acknowledged = std::count(said.begin(), said.end(), '\n');
        const std::int64_t found = rows_in(world.root);
        ASSERT_GE(found, acknowledged);
        ASSERT_LE(found, acknowledged + 1);
        if (!run.struck()) {
            EXPECT_EQ(found, 3);
            break;
        }
    }
}

TEST(DatabaseDurability, SaysSoAndStaysWholeOnAFullDisk) {
    for (std::uint64_t nth = 1;; ++nth) {
        const World world;
        const FaultyRun run =
            run_with(FailNth{nth}, world.root, probe({"rows", world.root / "rows.db", "3"}));
        SCOPED_TRACE(run.where());
        const std::string& said = run.outcome.output;
        const std::int64_t acknowledged = std::count(said.begin(), said.end(), '\n');
        ASSERT_EQ(rows_in(world.root), acknowledged);
        if (!run.struck()) {
            break;
        }
        if (acknowledged < 3) {
            EXPECT_EQ(run.outcome.exit_code, 7);
            EXPECT_FALSE(run.outcome.errors.empty());
        }
    }
}

TEST(DatabaseDurability, SurvivesPowerLossAtEveryMoment) {
    const World world;
    const ForgetfulDisk disk(world.root);
    const FaultyRun run =
        run_with(Record{}, world.root, probe({"rows", world.root / "rows.db", "3"}));
    ASSERT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
    for (const Survival survival : every_survival) {
        std::int64_t before = 0;
        for (const auto& image : disk.images(run.steps, survival)) {
            const TempFolder scratch;
            image.write_to(scratch / "image");
            SCOPED_TRACE("after step " + std::to_string(image.after_step));
            const std::int64_t found = rows_in(scratch / "image");
            ASSERT_GE(found, before) << "a committed row went away again";
            before = found;
        }
        EXPECT_EQ(before, 3) << "an acknowledged row is gone";
    }
}

}  // namespace
}  // namespace heliograph
