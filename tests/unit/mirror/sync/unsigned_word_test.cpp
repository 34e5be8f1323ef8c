// SPDX-License-Identifier: Apache-2.0
// What an upstream only says, and no signed page bears out, neither takes a mirror back nor binds
// it for ever: threats T4, T10, T22, T23.
#include <mirror/journal/changelog.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using Kind = ProjectOutcome::Kind;

ServedCatalog::Lie answer_with(std::string body) {
    return [body = std::move(body)](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{200, body};
    };
}

class UnsignedWord : public SyncTest {
  protected:
    const SyncOptions reconcile{.reconcile = Reconcile::yes, .parked = ParkedTries::all};

    // A journal that says what the honest one does, and a word more.
    static void forge_journal(Follower& follower, const std::function<void(Changelog&)>& forge) {
        follower.upstream_catalog.lie(
            "/changelog",
            [forge](const ServedAnswer& answer) -> Result<ServedAnswer> {
                auto page = parse_changelog(answer.body).value();
                forge(page);
                return ServedAnswer{200, render_changelog(page)};
            }
        );
    }

    static JournalEvent update(std::string_view name, verify::Serial serial, Instant time) {
        return {
            .serial = serial,
            .time = time,
            .action = JournalAction::update_project,
            .project = project(name),
            .filename = std::nullopt,
            .pages = PageDigests{
                .html = pki::sha256(bytes_of("no")), .json = pki::sha256(bytes_of("such page"))}};
    }

    void expect_healed(Follower& follower) {
        follower.upstream_catalog.tell_the_truth();
        EXPECT_TRUE(follower.sync().complete());
        expect_sound(follower);
        EXPECT_EQ(follower.catalog.projects().value(), master.catalog.projects().value());
        EXPECT_EQ(
            follower.catalog.state().value().last_serial, master.catalog.state().value().last_serial
        );
        EXPECT_EQ(
            follower.catalog.upstream_state().value().last_serial,
            master.catalog.state().value().last_serial
        );
        // And the journal is followed from here on, by those behind, too.
        master.add("later", "1.0");
        EXPECT_TRUE(follower.sync().complete());
        Follower behind(master);
        behind.upstream_catalog.serve(follower.catalog, follower.blobs);
        EXPECT_TRUE(behind.sync().complete());
        EXPECT_EQ(behind.catalog.projects().value(), master.catalog.projects().value());
    }
};

TEST_F(UnsignedWord, DoesNotPlayAnOlderStateBackAfterARemoval) {
    master.add("demo", "1.0");
    Follower old(master);
    old.sync();
    Follower follower(master);
    master.add("demo", "2.0");
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    EXPECT_TRUE(follower.sync().complete());
    const auto last = master.catalog.state().value().last_serial;
    // The state before, honestly signed, and nobody's word that it is gone.
    follower.upstream_catalog.serve(old.catalog, old.blobs);
    follower.upstream_catalog.lie(
        "/changelog", answer_with(render_changelog({.last_serial = last, .events = {}}))
    );
    const auto report = follower.sync(reconcile);
    const auto* demo = outcome_of(report, "demo");
    ASSERT_NE(demo, nullptr);
    EXPECT_EQ(demo->kind, Kind::refused);
    EXPECT_NE(demo->verdict.find("page-serial-rollback"), nullptr) << demo->reason;
    EXPECT_TRUE(follower.catalog.projects().value().empty());
    follower.upstream_catalog.tell_the_truth();
    follower.upstream_catalog.serve(master.catalog, master.blobs);
    master.add("demo", "3.0");
    EXPECT_TRUE(follower.sync().complete()) << "a newer state is taken";
    expect_sound(follower);
}

TEST_F(UnsignedWord, OfALastSerialWithoutEventsIsTakenBack) {
    master.add("demo", "1.0");
    Follower follower(master);
    forge_journal(follower, [](Changelog& page) { page.last_serial = verify::max_serial; });
    EXPECT_TRUE(follower.sync().complete());
    ASSERT_EQ(follower.catalog.state().value().last_serial, verify::max_serial);
    master.add("demo", "2.0");
    expect_healed(follower);
}

TEST_F(UnsignedWord, OfAnEventFarAheadIsTakenBackAndTheProjectWaitsForItNoMore) {
    master.add("demo", "1.0");
    Follower follower(master);
    const auto now = master.clock.now();
    forge_journal(follower, [now](Changelog& page) {
        page.last_serial = verify::max_serial;
        page.events.push_back(update("demo", verify::max_serial, now));
    });
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::refused);
    expect_healed(follower);
    EXPECT_TRUE(follower.catalog.pending().value().empty());
}

TEST_F(UnsignedWord, OfAProjectThatNeverWasIsForgotten) {
    master.add("demo", "1.0");
    Follower follower(master);
    const auto now = master.clock.now();
    forge_journal(follower, [now](Changelog& page) {
        page.last_serial = verify::max_serial;
        page.events.push_back(update("ghost", verify::max_serial, now));
    });
    EXPECT_EQ(outcome_of(follower.sync(), "ghost")->kind, Kind::gone);
    follower.upstream_catalog.tell_the_truth();
    follower.sync();
    master.clock.advance(std::chrono::hours(25));
    EXPECT_EQ(outcome_of(follower.sync(), "ghost")->kind, Kind::removed);
    expect_healed(follower);
}

TEST_F(UnsignedWord, OfAListAloneIsTakenBack) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.lie("/changelog", say(410));
    const auto projects = master.catalog.projects().value();
    follower.upstream_catalog.lie(
        "/simple/",
        answer_with(verify::render_root(
            {.serial = verify::max_serial, .projects = projects}, verify::PageForm::json
        ))
    );
    expect_error(follower.try_sync(), ErrorCode::network);
    ASSERT_EQ(follower.catalog.state().value().last_serial, verify::max_serial);
    master.add("other", "1.0");
    expect_healed(follower);
}

TEST_F(UnsignedWord, OfAnEventThatWasAnothersIsRefutedByAListAsNew) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    master.add("other", "2.0");
    Follower follower(master);
    forge_journal(follower, [](Changelog& page) {
        page.events.back().project = project("demo");
        page.events.back().action = JournalAction::update_project;
        page.events.back().filename = std::nullopt;
    });
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::refused);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_EQ(follower.sync().pending, 1U) << "the journal is read on from there";
    master.clock.advance(std::chrono::hours(25));
    EXPECT_TRUE(follower.sync({}).complete()) << "the list is due once a day, unasked";
    EXPECT_EQ(follower.catalog.projects().value(), master.catalog.projects().value());
}

TEST_F(UnsignedWord, DoesNotTakeTheJournalBehindAPageThatIsHere) {
    master.add("demo", "1.0");
    master.add("demo", "2.0");
    Follower follower(master);
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    follower.sync();
    const auto before = follower.catalog.state().value().last_serial;
    forge_journal(follower, [](Changelog& page) {
        page = {.last_serial = {page.last_serial.value - 2}, .events = {}};
    });
    const auto report = follower.sync();
    EXPECT_NE(report.upstream.find("journal-rollback"), nullptr);
    EXPECT_EQ(follower.catalog.state().value().last_serial, before);
}

TEST_F(UnsignedWord, OfAProjectThatWentUntoldIsNotWaitedForByAFreshMirror) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(succeeded(transaction->remove_project(project("demo"))));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    Follower follower(master);
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::gone);
    master.clock.advance(std::chrono::hours(23));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::gone) << "it may come yet";
    master.clock.advance(std::chrono::hours(2));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::removed);
    EXPECT_TRUE(follower.sync().complete());
    const auto told = follower.catalog.newest_events(project("demo"), 1).value();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].action, JournalAction::remove_project) << "those behind are told";
}

}  // namespace
}  // namespace heliograph::mirror
