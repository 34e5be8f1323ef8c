// SPDX-License-Identifier: Apache-2.0
// A mirror whose upstream no longer tells what happened since its cursor compares the list of
// projects and goes on: issue "compactable journal", threats T19, T22, T23.
#include <mirror/journal/compaction.hpp>
#include <mirror/publish/resign.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using Kind = ProjectOutcome::Kind;

class GapTest : public SyncTest {
  protected:
    GapTest() {
        for (const auto* name : {"changed", "kept", "removed"}) {
            master.add(name, "1.0", name);
        }
    }

    // Everything that a gap may hide, and then the journal forgets it.
    void change_and_condense() {
        master.add("changed", "2.0");
        master.add("fresh", "1.0");
        ASSERT_TRUE(succeeded(master.publisher().remove_project(project("removed"))));
        ASSERT_TRUE(succeeded(compact_journal(master.catalog, std::uint64_t{0})));
    }

    // The same pages, files and signatures; journals differ by what the gap swallowed.
    void expect_same_content(const Follower& follower) {
        expect_sound(follower);
        EXPECT_EQ(follower.catalog.projects().value(), master.catalog.projects().value());
        const auto projects = master.catalog.projects().value();
        for (const auto& entry : projects) {
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                const auto here = follower.catalog.page(entry.name, form).value();
                const auto there = master.catalog.page(entry.name, form).value();
                EXPECT_EQ(here.body, there.body);
                EXPECT_EQ(here.signature, there.signature);
            }
        }
        EXPECT_EQ(
            follower.catalog.state().value().last_serial, master.catalog.state().value().last_serial
        );
    }

    static JournalAction newest_action(const Catalog& catalog, std::string_view name) {
        const auto events = catalog.events({}, 1000).value();
        const auto found = std::find_if(events.rbegin(), events.rend(), [&](const auto& event) {
            return event.project && event.project->text() == name;
        });
        return found == events.rend() ? JournalAction::change_evidence : found->action;
    }

    static std::ptrdiff_t count(const std::vector<std::string>& asked, std::string_view part) {
        return std::count_if(asked.begin(), asked.end(), [&](const auto& path) {
            return path.find(part) != std::string::npos;
        });
    }

    // A removal is believed once it lasts.
    void sync_until_removals_count(Follower& follower) {
        follower.sync();
        master.clock.advance(std::chrono::minutes(11));
        EXPECT_TRUE(follower.sync().complete());
    }
};

TEST_F(GapTest, IsBridgedByTheListOfProjects) {
    Follower follower(master);
    follower.sync();
    change_and_condense();
    follower.upstream_catalog.take_asked();
    const auto report = follower.sync();
    EXPECT_EQ(outcome_of(report, "changed")->kind, Kind::stored);
    EXPECT_EQ(outcome_of(report, "fresh")->kind, Kind::stored);
    EXPECT_EQ(outcome_of(report, "removed")->kind, Kind::gone) << "not believed at once";
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial);
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_EQ(count(asked, "/simple/kept/"), 0) << "the list says that it is as it was";
    master.clock.advance(std::chrono::minutes(11));
    EXPECT_EQ(outcome_of(follower.sync(), "removed")->kind, Kind::removed);
    expect_same_content(follower);
    master.add("kept", "2.0");
    follower.upstream_catalog.take_asked();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(count(follower.upstream_catalog.take_asked(), "?since="), 1) << "by events again";
    expect_same_content(follower);
}

TEST_F(GapTest, IsJournalledForThoseBehind) {
    Follower follower(master);
    follower.sync();
    change_and_condense();
    sync_until_removals_count(follower);
    EXPECT_EQ(newest_action(follower.catalog, "changed"), JournalAction::update_project);
    EXPECT_EQ(newest_action(follower.catalog, "fresh"), JournalAction::update_project);
    EXPECT_EQ(newest_action(follower.catalog, "removed"), JournalAction::remove_project);
    EXPECT_EQ(newest_action(follower.catalog, "kept"), JournalAction::add_file);
    EXPECT_EQ(
        follower.catalog.state().value().checkpoint, master.catalog.state().value().last_serial
    ) << "the serial of the list";
}

TEST_F(GapTest, PassesThroughMirrorsOfMirrors) {
    Follower first(master);
    Follower second(master);
    second.upstream_catalog.serve(first.catalog, first.blobs);
    first.sync();
    second.sync();
    change_and_condense();
    sync_until_removals_count(first);
    sync_until_removals_count(second);
    expect_same_content(second);
}

TEST_F(GapTest, LetsAFreshMirrorBeginAtTheCheckpoint) {
    change_and_condense();
    Follower follower(master);
    EXPECT_TRUE(follower.sync().complete());
    expect_same_content(follower);
}

TEST_F(GapTest, IsBridgedWhereATreeHasNoPageOfTheJournal) {
    Follower follower(master);
    follower.sync();
    change_and_condense();
    follower.upstream_catalog.lie("/changelog", [](ServedAnswer answer) -> Result<ServedAnswer> {
        answer.status = answer.status == 410 ? 404 : answer.status;
        return answer;
    });
    sync_until_removals_count(follower);
    expect_same_content(follower);
}

TEST_F(GapTest, ThatNeverEndsEndsTheRun) {
    Follower follower(master);
    follower.upstream_catalog.lie("/changelog", say(410));
    expect_error(follower.try_sync(), ErrorCode::network, "journal");
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_EQ(std::count(asked.begin(), asked.end(), "/simple/"), 3);
    expect_sound(follower);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_content(follower);
}

TEST_F(GapTest, IsNoWayToGoBack) {
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.lie("/changelog", say(410));
    follower.upstream_catalog.lie("/simple/", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{
            200, verify::render_root({.serial = {1}, .projects = {}}, verify::PageForm::json)};
    });
    const auto report = follower.sync();
    EXPECT_FALSE(report.upstream.accepted());
    EXPECT_NE(report.upstream.find("journal-rollback"), nullptr);
    expect_same_as_master(follower);
}

TEST_F(GapTest, IsClosedByTheNextRunWhereTheWayBackWasCutOff) {
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.lie("/changelog", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{
            200,
            render_changelog(
                {.last_serial = verify::max_serial, .checkpoint = {}, .events = {}, .more = false}
            )};
    });
    ASSERT_EQ(follower.sync().to, verify::max_serial) << "nobody can know better yet";
    follower.upstream_catalog.tell_the_truth();
    master.add("fresh", "1.0");
    // The cursor is back at the end of the true journal, which tells no more what lies before it.
    follower.upstream_catalog.lie("/simple/", say(503));
    EXPECT_FALSE(follower.try_sync().has_value());
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_content(follower);
}

TEST_F(GapTest, DoesNotLetAHostileListRemoveAnything) {
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.lie("/simple/", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{
            200, verify::render_root({.serial = {4}, .projects = {}}, verify::PageForm::json)};
    });
    EXPECT_TRUE(follower.sync({.reconcile = Reconcile::yes}).complete());
    expect_same_as_master(follower);
}

TEST_F(GapTest, ContinuesAfterAnEndAtAnyRequest) {
    change_and_condense();
    Follower whole(master);
    whole.sync();
    const auto requests = whole.upstream_catalog.take_asked().size();
    for (std::size_t end = 0; end < requests; ++end) {
        Follower follower(master);
        follower.upstream_catalog.end_after(end);
        expect_error(follower.try_sync(), ErrorCode::cancelled);
        expect_sound(follower);
        follower.upstream_catalog.go_on();
        EXPECT_TRUE(follower.sync().complete()) << "ended after " << end;
        expect_same_content(follower);
    }
}

TEST_F(GapTest, KeepsTheListInMindOnlyWhenItWasWorkedOff) {
    Follower follower(master);
    follower.sync();
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(succeeded(transaction->remove_project(project("kept"))));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    const auto tagged = [](ServedAnswer answer) -> Result<ServedAnswer> {
        answer.headers.emplace("ETag", "\"list\"");
        return answer;
    };
    follower.upstream_catalog.lie("/simple/", tagged);
    follower.upstream_catalog.lie("/simple/kept/", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{429, "", {{"Retry-After", "1"}}};
    });
    const SyncOptions reconcile{.reconcile = Reconcile::yes, .parked = ParkedTries::all};
    expect_error(follower.try_sync(reconcile), ErrorCode::network, "429");
    EXPECT_EQ(follower.catalog.upstream_state().value().list_etag, "");
    follower.upstream_catalog.lie("/simple/kept/", say(404));
    EXPECT_EQ(outcome_of(follower.sync(reconcile), "kept")->kind, Kind::gone);
    EXPECT_EQ(follower.catalog.upstream_state().value().list_etag, "\"list\"");
}

// The evidence is stored before the pages that it asks for are had.
TEST_F(GapTest, InARolloverIsClosedByTheNextRun) {
    Follower whole(master);
    whole.sync();
    const auto next = master.issue_signer();
    test::TempFolder folder;
    {
        Resigner resigner(master.parts(), folder / "resign.json");
        ASSERT_TRUE(succeeded(resigner.announce({next})));
    }
    std::vector<std::unique_ptr<Follower>> followers;
    constexpr std::size_t most_requests = 20;
    for (std::size_t end = 0; end < most_requests; ++end) {
        followers.push_back(std::make_unique<Follower>(master));
    }
    master.sign_with(pki::Credential::parse_bundle(next.to_bundle_pem().expose()).value());
    // Each knows the pages under the former signer.
    for (const auto& follower : followers) {
        follower->sync();
    }
    Resigner resigner(master.parts(), folder / "resign.json");
    ASSERT_TRUE(succeeded(resigner.run({})));
    for (std::size_t end = 0; end < most_requests; ++end) {
        auto& follower = *followers[end];
        follower.upstream_catalog.end_after(end);
        const bool ended = !follower.try_sync().has_value();
        follower.upstream_catalog.go_on();
        EXPECT_TRUE(follower.sync().complete()) << "ended after " << end;
        expect_same_content(follower);
        if (!ended) {
            EXPECT_GT(end, 5U) << "the ends never took place";
            return;
        }
    }
}

}  // namespace
}  // namespace heliograph::mirror
