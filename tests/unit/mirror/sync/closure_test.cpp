// SPDX-License-Identifier: Apache-2.0
// A mirror of some projects and of what they need: found by the metadata of what is here, followed
// while projects change, with more than any one client needs and nothing that nobody does.
#include <mirror/sync/closure.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using Names = std::vector<std::string>;

class ClosureSync : public SyncTest {
  protected:
    ClosureSync() {
        follower.filter = ProjectFilter({project("app")});
        follower.closure.emplace();
    }

    void publish(
        const std::string& name, const std::string& version, const std::vector<std::string>& needs
    ) {
        const auto place = m_folder / (name + version);
        std::filesystem::create_directories(place);
        const auto wheel = test_support::write_wheel(
            place, {.name = name, .version = version, .needs = needs, .extras = {"fast", "slow"}}
        );
        ASSERT_TRUE(test::succeeded(master.publisher().add({wheel})));
    }

    [[nodiscard]] Names here() const {
        Names names;
        const auto projects = follower.catalog.projects().value();
        for (const auto& entry : projects) {
            names.push_back(entry.name.text());
        }
        return names;
    }

    [[nodiscard]] Names versions_of(std::string_view name) const {
        Names versions;
        const auto files = follower.catalog.files(project(name)).value();
        for (const auto& file : files) {
            versions.push_back(file.path.name().version().text());
        }
        return versions;
    }

    Follower follower{master};

  private:
    test::TempFolder m_folder;
};

TEST_F(ClosureSync, TakesAlongWhatIsNeededAndNothingElse) {
    publish("app", "1.0", {"lib>=1,<2"});
    publish("lib", "1.0", {"base"});
    publish("lib", "2.0", {"other"});
    publish("base", "1.0", {});
    publish("other", "1.0", {});
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(here(), (Names{"app", "base", "lib"}));
    EXPECT_EQ(versions_of("lib"), Names{"1.0"});
    EXPECT_EQ(
        follower.catalog.left_out_files(project("lib")).value().at(0).reason, LeaveReason::specifier
    );
    EXPECT_EQ(report.closure->needed, 2U);
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial);
    EXPECT_EQ(
        follower.catalog.page(project("lib"), verify::PageForm::json).value().body,
        master.catalog.page(project("lib"), verify::PageForm::json).value().body
    ) << "as it was signed";
}

TEST_F(ClosureSync, AllowsEveryVersionThatAnyOfThemAllows) {
    publish("app", "1.0", {"lib<2", "tool"});
    publish("tool", "1.0", {"lib>=3"});
    for (const auto* version : {"1.0", "2.0", "3.0"}) {
        publish("lib", version, {});
    }
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(versions_of("lib"), (Names{"1.0", "3.0"}));
}

TEST_F(ClosureSync, FollowsNeedsThatComeAndGo) {
    publish("app", "1.0", {"lib<2"});
    publish("lib", "1.0", {});
    publish("lib", "2.0", {"late"});
    publish("late", "1.0", {});
    follower.sync();
    EXPECT_EQ(here(), (Names{"app", "lib"}));
    publish("app", "2.0", {"lib"});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "late", "lib"}));
    EXPECT_EQ(versions_of("lib"), (Names{"1.0", "2.0"}));
    ASSERT_TRUE(test::succeeded(
        master.publisher().remove_release({project("app"), verify::parse_version("2.0").value()})
    ));
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "lib"}));
    EXPECT_EQ(versions_of("lib"), Names{"1.0"});
    const auto blobs = follower.blobs.list().value();
    EXPECT_EQ(blobs.size(), 4U) << "two files with their metadata";
}

TEST_F(ClosureSync, FollowsNewsOfWhatIsNeeded) {
    publish("app", "1.0", {"lib"});
    publish("lib", "1.0", {});
    follower.sync();
    publish("lib", "1.1", {"fresh"});
    publish("fresh", "1.0", {});
    publish("unrelated", "1.0", {});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "fresh", "lib"}));
    EXPECT_EQ(versions_of("lib"), (Names{"1.0", "1.1"}));
}

TEST_F(ClosureSync, AsksForNothingButTheJournalWhenThereIsNoNews) {
    publish("app", "1.0", {"lib"});
    publish("lib", "1.0", {});
    follower.sync();
    follower.upstream_catalog.take_asked();
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(follower.upstream_catalog.take_asked().size(), 1U);
    EXPECT_FALSE(report.closure.has_value()) << "nobody read the metadata";
}

TEST_F(ClosureSync, FollowsTheExtrasThatAreWantedAlone) {
    publish("app", "1.0", {"quick; extra == 'fast'", "lame; extra == 'slow'", "lib[slow]"});
    publish("lib", "1.0", {"snail; extra == 'slow'", "hare; extra == 'fast'"});
    for (const auto* name : {"quick", "lame", "snail", "hare"}) {
        publish(name, "1.0", {});
    }
    (*follower.closure)[project("app")] = {project("fast")};
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "lib", "quick", "snail"}));
}

TEST_F(ClosureSync, TakesMarkersForTrueWhereverTheyMayHold) {
    publish("app", "1.0", {"windows-only; sys_platform == 'win32'", "old; python_version < '3.9'"});
    publish("windows-only", "1.0", {});
    publish("old", "1.0", {});
    follower.sync();
    EXPECT_EQ(here(), (Names{"app", "old", "windows-only"}));
    follower.files.platforms = {parse_tag_pattern("manylinux*_x86_64").value()};
    follower.sync();
    EXPECT_EQ(here(), (Names{"app", "old"}));
    follower.files.pythons = {parse_tag_pattern("cp311").value(), parse_tag_pattern("py3").value()};
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), Names{"app"});
}

TEST_F(ClosureSync, WaitsForNobodyWhoIsNotThere) {
    publish("app", "1.0", {"private-thing"});
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete()) << "what the upstream has not is no fault of it";
    EXPECT_EQ(report.closure->absent, 1U);
    publish("private-thing", "1.0", {});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "private-thing"}));
}

TEST_F(ClosureSync, GivesALockedProjectNoOtherFilesForBeingNeeded) {
    publish("app", "1.0", {"lib"});
    publish("lib", "1.0", {});
    publish("lib", "2.0", {});
    follower.filter = ProjectFilter({project("app"), project("lib")});
    follower.files.locked_versions[project("lib")] = {verify::parse_specifier_set("==1.0").value()};
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(versions_of("lib"), Names{"1.0"});
}

TEST_F(ClosureSync, GoesRoundACircleOnce) {
    publish("app", "1.0", {"lib[fast]"});
    publish("lib", "1.0", {"app[slow]; extra == 'fast'", "not a requirement !"});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "lib"}));
}

TEST_F(ClosureSync, IsAppliedWhenTheWishForItComesAndGoes) {
    publish("app", "1.0", {"lib"});
    publish("lib", "1.0", {});
    follower.closure.reset();
    follower.sync();
    EXPECT_EQ(here(), Names{"app"});
    follower.closure.emplace();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), (Names{"app", "lib"}));
    follower.closure.reset();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(), Names{"app"});
}

TEST_F(ClosureSync, IsContinuedAfterAKill) {
    publish("app", "1.0", {"lib"});
    publish("lib", "1.0", {"base"});
    publish("base", "1.0", {});
    for (std::size_t requests = 1; requests < 60; ++requests) {
        Follower one(master);
        one.filter = ProjectFilter({project("app")});
        one.closure.emplace();
        one.upstream_catalog.end_after(requests);
        const auto ended = one.try_sync();
        one.upstream_catalog.go_on();
        EXPECT_TRUE(one.sync().complete());
        EXPECT_EQ(one.catalog.project_count().value(), 3U) << "ended after " << requests;
        if (ended) {
            return;
        }
    }
    FAIL() << "expected the run to end by itself";
}

}  // namespace
}  // namespace heliograph::mirror
