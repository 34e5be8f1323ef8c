// SPDX-License-Identifier: Apache-2.0
// A mirror of some projects: what is not wanted is not asked for, leaves no word in the journal,
// and goes when the filter changes; what is wanted comes, whatever the journal told before.
#include <mirror/sync/project_filter.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using test::expect_error;

ProjectFilter only(std::string_view name) {
    return ProjectFilter({project(name)});
}

class FilteredSync : public SyncTest {
  protected:
    FilteredSync() {
        for (const auto* name : {"alpha", "demo", "other"}) {
            master.add(name, "1.0");
        }
    }

    static std::vector<std::string> here(const Follower& one) {
        std::vector<std::string> names;
        const auto projects = one.catalog.projects().value();
        for (const auto& entry : projects) {
            names.push_back(entry.name.text());
        }
        return names;
    }

    Follower follower{master};
};

using Names = std::vector<std::string>;

TEST_F(FilteredSync, AsksForNothingElse) {
    follower.filter = only("demo");
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial);
    EXPECT_EQ(here(follower), Names{"demo"});
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_TRUE(std::none_of(asked.begin(), asked.end(), [](const std::string& path) {
        return path.find("alpha") != std::string::npos || path.find("other") != std::string::npos;
    }));
    expect_sound(follower);
}

TEST_F(FilteredSync, KeepsThePagesByteForByte) {
    follower.filter = only("demo");
    follower.sync();
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        const auto copy = follower.catalog.page(project("demo"), form).value();
        const auto original = master.catalog.page(project("demo"), form).value();
        EXPECT_EQ(copy.body, original.body);
        EXPECT_EQ(copy.signature, original.signature);
    }
}

TEST_F(FilteredSync, TellsNoFollowerOfWhatIsNotHere) {
    follower.filter = only("demo");
    follower.sync();
    master.add("alpha", "2.0");
    EXPECT_TRUE(follower.sync().complete());
    const auto events = follower.catalog.events({}, 1000).value();
    EXPECT_TRUE(std::all_of(events.begin(), events.end(), [](const JournalEvent& event) {
        return !event.project || event.project->text() == "demo";
    }));
}

TEST_F(FilteredSync, DropsWhatIsWantedNoMoreWithItsBlobs) {
    follower.sync();
    ASSERT_EQ(here(follower).size(), 3U);
    const auto before = follower.blobs.list().value().size();
    follower.filter = only("demo");
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), Names{"demo"});
    EXPECT_LT(follower.blobs.list().value().size(), before);
    expect_sound(follower);
}

TEST_F(FilteredSync, TakesWhatIsWantedOnlyNowThoughTheJournalIsPast) {
    follower.filter = only("demo");
    follower.sync();
    follower.filter = ProjectFilter({project("demo"), project("other")});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), (Names{"demo", "other"}));
    EXPECT_EQ(
        follower.catalog.state().value().checkpoint, master.catalog.state().value().last_serial
    ) << "who followed by events until here has to compare the list";
    follower.filter = ProjectFilter();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower).size(), 3U);
    expect_sound(follower);
}

TEST_F(FilteredSync, AppliesAChangeThatARunWasKilledOver) {
    follower.filter = only("demo");
    follower.sync();
    follower.filter = ProjectFilter({project("demo"), project("other")});
    follower.upstream_catalog.end_after(2);
    expect_error(follower.try_sync(), ErrorCode::cancelled);
    follower.upstream_catalog.go_on();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), (Names{"demo", "other"}));
}

TEST_F(FilteredSync, ForgetsTheParkedThatAreWantedNoMore) {
    follower.upstream_catalog.lie("/simple/other/", say(500));
    EXPECT_EQ(follower.sync().pending, 1U);
    follower.filter = only("demo");
    EXPECT_TRUE(follower.sync().complete());
}

TEST(ProjectList, IsReadAsPeopleKeepIt) {
    const auto names = parse_project_list("# mine\nZope.Interface  # note\r\n\n demo\ndemo");
    ASSERT_TRUE(names.has_value());
    ASSERT_EQ(names->size(), 2U);
    EXPECT_EQ((*names)[1].text(), "zope-interface");
}

TEST(ProjectList, OfNoNameOrABadOneIsRefused) {
    expect_error(parse_project_list(""), ErrorCode::malformed);
    expect_error(parse_project_list("# nothing\n"), ErrorCode::malformed);
    expect_error(parse_project_list("demo\n../x\n"), ErrorCode::malformed, "line 2");
}

}  // namespace
}  // namespace heliograph::mirror
