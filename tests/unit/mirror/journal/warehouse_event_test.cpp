// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/warehouse_event.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

std::optional<WarehouseEvent> row_of(
    JournalAction action, const std::optional<std::string>& filename
) {
    JournalEvent event{
        .serial = {7},
        .time = Instant(std::chrono::seconds(100)),
        .action = action,
        .project = verify::parse_project_name("my-sample").value(),
        .filename = std::nullopt,
        .pages = std::nullopt};
    if (filename) {
        event.filename = verify::parse_dist_file_name(*filename).value();
    }
    return to_warehouse_event(event);
}

TEST(WarehouseEvent, UsesTheWordsOfTheMainIndex) {
    const auto wheel = row_of(JournalAction::add_file, "my_sample-1.0-2-cp311.py3-abi3-any.whl");
    ASSERT_TRUE(wheel);
    EXPECT_EQ(wheel->name, "my-sample");
    EXPECT_EQ(wheel->version, "1.0");
    EXPECT_EQ(wheel->action, "add cp311.py3 file my_sample-1.0-2-cp311.py3-abi3-any.whl");
    EXPECT_EQ(wheel->serial.value, 7U);
    EXPECT_EQ(
        row_of(JournalAction::add_file, "my_sample-1.0.tar.gz")->action,
        "add source file my_sample-1.0.tar.gz"
    );
    EXPECT_EQ(
        row_of(JournalAction::remove_file, "my_sample-1.0.tar.gz")->action,
        "remove file my_sample-1.0.tar.gz"
    );
    const auto created = row_of(JournalAction::create_project, std::nullopt);
    EXPECT_EQ(created->action, "create");
    EXPECT_FALSE(created->version);
    const auto release = to_warehouse_event(
        {.serial = {9},
         .time = {},
         .action = JournalAction::add_release,
         .project = verify::parse_project_name("my-sample").value(),
         .filename = std::nullopt,
         .pages = std::nullopt,
         .version = verify::parse_version("1.0").value()}
    );
    EXPECT_EQ(release->action, "new release");
    EXPECT_EQ(release->version, "1.0");
    EXPECT_EQ(row_of(JournalAction::update_project, std::nullopt)->action, "update project");
    const auto removed = row_of(JournalAction::remove_project, std::nullopt);
    EXPECT_EQ(removed->action, "remove project");
    EXPECT_FALSE(removed->version);
    EXPECT_FALSE(to_warehouse_event({
        .serial = {8},
        .time = {},
        .action = JournalAction::change_evidence,
        .project = std::nullopt,
        .filename = std::nullopt,
        .pages = std::nullopt,
    }));
}

// Followers look at the project whatever it says, but some pass over what begins like a change of
// people's roles.
TEST(WarehouseEvent, TellsYanksOfReleasesAndStatusesOfProjects) {
    const std::string wheel = "my_sample-1.0-py3-none-any.whl";
    for (const auto action : {JournalAction::yank_file, JournalAction::unyank_file}) {
        const auto row = row_of(action, wheel);
        ASSERT_TRUE(row);
        EXPECT_EQ(row->version, "1.0");
        EXPECT_EQ(
            row->action, action == JournalAction::yank_file ? "yank release" : "unyank release"
        );
    }
    EXPECT_EQ(
        row_of(JournalAction::quarantine_project, std::nullopt)->action, "project quarantined"
    );
    EXPECT_EQ(
        row_of(JournalAction::clear_quarantine, std::nullopt)->action, "project quarantine cleared"
    );
    const auto status = row_of(JournalAction::change_status, std::nullopt);
    EXPECT_EQ(status->action, "project status changed");
    EXPECT_FALSE(status->version);
}

}  // namespace
}  // namespace heliograph::mirror
