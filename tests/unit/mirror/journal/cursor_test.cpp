// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/cursor.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/sample.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;

TEST(Cursor, GroupsEventsByProjectInOrderOfTheNewest) {
    const Changelog page{
        .last_serial = {9},
        .events =
            {sample::added(3),
             sample::removed(5, "other"),
             sample::evidence_changed(6),
             sample::added(7)},
        .more = false};
    const auto set = sort_changes({2}, page).value();
    ASSERT_EQ(set.projects.size(), 2U);
    EXPECT_EQ(set.projects[0].project, sample::project("other"));
    EXPECT_EQ(set.projects[1].project, sample::project("wheel"));
    EXPECT_EQ(set.projects[1].events.size(), 2U);
    EXPECT_EQ(set.projects[1].newest().serial, verify::Serial{7});
    EXPECT_EQ(set.evidence_changes, std::vector{sample::evidence_changed(6)});
    EXPECT_EQ(set.next, verify::Serial{9});
}

TEST(Cursor, StopsAtTheLastEventWhenMoreAreWaiting) {
    const auto set =
        sort_changes({2}, {.last_serial = {9}, .events = {sample::added(3)}, .more = true}).value();
    EXPECT_EQ(set.next, verify::Serial{3});
}

TEST(Cursor, StaysWhereItIsWhenNothingIsNew) {
    const auto set = sort_changes({9}, {.last_serial = {9}, .events = {}, .more = false}).value();
    EXPECT_EQ(set.next, verify::Serial{9});
    EXPECT_TRUE(set.projects.empty());
}

TEST(Cursor, RefusesAJournalThatWentBack) {
    const Changelog page{.last_serial = {8}, .events = {}, .more = false};
    expect_error(sort_changes({9}, page), ErrorCode::conflict, "hides its history");
}

TEST(Cursor, RefusesEventsThatItHasPassed) {
    const Changelog page{.last_serial = {9}, .events = {sample::added(2)}, .more = false};
    expect_error(sort_changes({2}, page), ErrorCode::malformed, "above serial 2");
}

TEST(Cursor, RefusesAnEmptyPageThatPromisesMore) {
    const Changelog page{.last_serial = {9}, .events = {}, .more = true};
    expect_error(sort_changes({2}, page), ErrorCode::malformed, "promised");
}

}  // namespace
}  // namespace heliograph::mirror
