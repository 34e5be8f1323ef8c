// SPDX-License-Identifier: Apache-2.0
// A mirror follows an honest master, through ends of runs and removals: threats T19, T22.
#include <mirror/sync/sync_run.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using Kind = ProjectOutcome::Kind;

Result<ServedAnswer> lose_connection(const ServedAnswer& /*answer*/) {
    return Error(ErrorCode::network, "the connection was reset");
}

ServedCatalog::Lie ask_to_wait(int status, std::string seconds) {
    return [status, seconds](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{status, "", {{"Retry-After", seconds}}};
    };
}

TEST_F(SyncTest, CopiesAMasterByteForByte) {
    master.add("demo", "1.0");
    master.add("demo", "2.0");
    master.add("other", "1.0");
    Follower follower(master);
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial);
    EXPECT_EQ(report.projects.size(), 2U);
    EXPECT_EQ(outcome_of(report, "demo")->files, 4U);
    expect_same_as_master(follower);
    EXPECT_EQ(follower.catalog.state().value().last_modified, master.clock.now());
    expect_error(follower.catalog.evidence(EvidenceKind::server_key), ErrorCode::not_found);
}

TEST_F(SyncTest, AsksForNothingButTheJournalWhenNothingChanged) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.take_asked();
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_TRUE(report.projects.empty());
    const std::vector<std::string> expected{"/changelog?since=4&limit=1000"};
    EXPECT_EQ(follower.upstream_catalog.take_asked(), expected);
}

TEST_F(SyncTest, FetchesOnlyWhatIsNew) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.sync();
    master.add("demo", "2.0");
    const auto report = follower.sync();
    ASSERT_EQ(report.projects.size(), 1U);
    EXPECT_EQ(report.projects[0].files, 2U);
    expect_same_as_master(follower);
}

TEST_F(SyncTest, FollowsJournalsOfSeveralPages) {
    std::vector<std::filesystem::path> files;
    for (int i = 0; i < 1100; ++i) {
        files.push_back(master.write("demo", "1." + std::to_string(i)));
    }
    ASSERT_TRUE(succeeded(master.publisher().add(files)));
    master.add("other", "1.0");
    Follower follower(master);
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_EQ(std::count(asked.begin(), asked.end(), "/simple/demo/"), 2) << "once for each form";
    expect_sound(follower);
    EXPECT_EQ(
        follower.catalog.state().value().last_serial, master.catalog.state().value().last_serial
    );
}

TEST_F(SyncTest, FollowsRemovals) {
    const auto gone = master.add("demo", "1.0");
    const auto kept = master.add("demo", "2.0");
    const auto other = master.add("other", "1.0");
    Follower follower(master);
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().remove_file(gone.record.path.name())));
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("other"))));
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(outcome_of(report, "other")->kind, Kind::removed);
    expect_same_as_master(follower);
    expect_error(follower.blobs.open(gone.record.path.digest()), ErrorCode::not_found);
    expect_error(follower.blobs.open(other.record.path.digest()), ErrorCode::not_found);
    EXPECT_TRUE(succeeded(follower.blobs.open(kept.record.path.digest())));
}

TEST_F(SyncTest, DoesNotAskForProjectsThatCameAndWentBeforeIt) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    Follower follower(master);
    EXPECT_TRUE(follower.sync().complete());
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_EQ(std::count(asked.begin(), asked.end(), "/simple/demo/"), 0);
    expect_same_as_master(follower);
}

TEST_F(SyncTest, LetsAMirrorFollowAMirror) {
    master.add("demo", "1.0");
    Follower first(master);
    first.sync();
    Follower second(master);
    second.upstream_catalog.serve(first.catalog, first.blobs);
    second.sync();
    Follower third(master);
    third.upstream_catalog.serve(second.catalog, second.blobs);
    EXPECT_TRUE(third.sync().complete());
    expect_same_as_master(third);
    master.add("demo", "2.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_file(
        verify::parse_dist_file_name("demo-1.0-py3-none-any.whl").value()
    )));
    for (auto* follower : {&first, &second, &third}) {
        EXPECT_TRUE(follower->sync().complete());
        expect_same_as_master(*follower);
    }
}

TEST_F(SyncTest, HealsAMirrorOfAMirrorThatWasBehind) {
    master.add("demo", "1.0");
    Follower first(master);
    first.upstream_catalog.lie(file_path("demo"), flip);
    first.sync();
    Follower second(master);
    second.upstream_catalog.serve(first.catalog, first.blobs);
    EXPECT_EQ(outcome_of(second.sync(), "demo")->kind, Kind::gone);
    first.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(first.sync().complete());
    EXPECT_TRUE(second.sync().complete());
    expect_same_as_master(second);
}

TEST_F(SyncTest, KeepsAProjectWhosePageIsGoneForAMoment) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    const auto page = master.catalog.page(project("demo"), verify::PageForm::json).value();
    master.add("demo", "2.0");
    follower.upstream_catalog.lie("/simple/demo/", say(404));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::gone);
    master.clock.advance(std::chrono::minutes(9));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::gone);
    EXPECT_EQ(
        follower.catalog.page(project("demo"), verify::PageForm::json).value().body, page.body
    );
    EXPECT_EQ(follower.catalog.pending().value()[0].attempts, 2U);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, RemovesAProjectThatStaysGoneWithoutAnEvent) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    master.add("demo", "2.0");
    follower.upstream_catalog.lie("/simple/demo/", say(410));
    follower.sync();
    master.clock.advance(std::chrono::minutes(11));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::removed);
    EXPECT_TRUE(follower.catalog.projects().value().empty());
    EXPECT_TRUE(follower.blobs.list().value().empty());
}

TEST_F(SyncTest, ReconcilesWhatNoJournalTold) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.sync();
    // Gone without an event, as by hand.
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(succeeded(transaction->remove_project(project("demo"))));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    EXPECT_TRUE(follower.sync().complete()) << "the journal alone cannot tell";
    const SyncOptions reconcile{.reconcile = Reconcile::yes, .parked = ParkedTries::all};
    EXPECT_EQ(outcome_of(follower.sync(reconcile), "demo")->kind, Kind::gone);
    master.clock.advance(std::chrono::minutes(11));
    EXPECT_EQ(outcome_of(follower.sync(), "demo")->kind, Kind::removed);
    EXPECT_EQ(follower.catalog.projects().value().size(), 1U);
    const auto told = follower.catalog.newest_events(project("demo"), 1).value();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].action, JournalAction::remove_project) << "those behind us are to know";
}

TEST_F(SyncTest, FetchesAMissingBlobAgainWithoutAnEvent) {
    const auto added = master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    const SyncOptions reconcile{.reconcile = Reconcile::yes};
    for (const auto& digest : {added.record.path.digest(), added.record.metadata->digest}) {
        ASSERT_TRUE(succeeded(follower.blobs.remove(digest)));
        EXPECT_TRUE(follower.sync(reconcile).complete());
        expect_same_as_master(follower);
        follower.blobs.plant(digest, bytes_of("cut"));
        EXPECT_TRUE(follower.sync(reconcile).complete());
        expect_same_as_master(follower);
    }
}

TEST_F(SyncTest, TakesOverANewSigner) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    master.roll_signer();
    const auto report = follower.sync();
    // The old page is signed by a signer that is no longer shown: it must be had anew, and cannot
    // be yet.
    EXPECT_EQ(outcome_of(report, "demo")->kind, Kind::refused);
    master.add("demo", "2.0");
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, WaitsForNoPagesOfASignerThatDoesNotCount) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    const TestMaster stranger;
    const auto chains = stranger.signer().chain_pem() + master.signer().chain_pem();
    ASSERT_TRUE(succeeded(master.publisher().publish_evidence({chains, ""})));
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_TRUE(report.projects.empty()) << "the page is good as it is";
}

TEST_F(SyncTest, ContinuesAfterAnEndAtAnyRequest) {
    master.add("demo", "1.0");
    master.add("other", "1.0", "y = 2\n");
    Follower whole(master);
    whole.sync();
    const auto requests = whole.upstream_catalog.take_asked().size();
    for (std::size_t end = 0; end < requests; ++end) {
        Follower follower(master);
        follower.upstream_catalog.end_after(end);
        expect_error(follower.try_sync(), ErrorCode::cancelled);
        expect_sound(follower);
        EXPECT_EQ(follower.catalog.state().value().last_serial.value, 0U)
            << "the cursor moves last";
        auto asked = follower.upstream_catalog.take_asked();
        const auto files_before = std::count_if(asked.begin(), asked.end(), [](const auto& path) {
            return path.starts_with("/packages/");
        });
        follower.upstream_catalog.go_on();
        EXPECT_TRUE(follower.sync().complete()) << "ended after " << end;
        expect_same_as_master(follower);
        asked = follower.upstream_catalog.take_asked();
        const auto files_after = std::count_if(asked.begin(), asked.end(), [](const auto& path) {
            return path.starts_with("/packages/");
        });
        EXPECT_EQ(files_before + files_after, 4) << "no file that was complete is fetched again";
    }
}

TEST_F(SyncTest, StopsWhenTheUpstreamIsGoneInsteadOfBlamingEveryProject) {
    for (const auto* name : {"a", "b", "c", "d", "e"}) {
        master.add(name, "1.0");
    }
    Follower follower(master);
    follower.upstream_catalog.die_after(8);
    expect_error(follower.try_sync(), ErrorCode::network, "reset");
    EXPECT_EQ(follower.catalog.state().value().last_serial.value, 0U);
    follower.upstream_catalog.go_on();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, ParksAnyNumberOfUnreachableProjectsAndTakesTheOthers) {
    for (const auto* name : {"a", "b", "c", "d", "e", "f"}) {
        master.add(name, "1.0");
    }
    Follower follower(master);
    for (const auto* path : {"/simple/b/", "/simple/c/", "/simple/d/", "/simple/e/"}) {
        follower.upstream_catalog.lie(path, lose_connection);
    }
    const auto report = follower.sync();
    EXPECT_EQ(report.pending, 4U);
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial);
    EXPECT_EQ(outcome_of(report, "a")->kind, Kind::stored);
    EXPECT_EQ(outcome_of(report, "f")->kind, Kind::stored);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, LeavesAParkedProjectAloneUntilItsTurnComes) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", say(500));
    const SyncOptions in_turn;
    EXPECT_EQ(follower.sync(in_turn).pending, 1U);
    const auto parked = follower.catalog.pending().value().at(0);
    EXPECT_GE(parked.next_try, master.clock.now() + std::chrono::seconds(30));
    follower.upstream_catalog.tell_the_truth();
    follower.upstream_catalog.take_asked();
    EXPECT_EQ(follower.sync(in_turn).pending, 1U);
    EXPECT_EQ(follower.upstream_catalog.take_asked().size(), 1U) << "the journal alone";
    master.clock.set(parked.next_try);
    EXPECT_TRUE(follower.sync(in_turn).complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, TriesAParkedProjectAtOnceWhenTheJournalHasNewsOfIt) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", say(500));
    const SyncOptions in_turn;
    EXPECT_EQ(follower.sync(in_turn).pending, 1U);
    follower.upstream_catalog.tell_the_truth();
    master.add("demo", "2.0");
    EXPECT_TRUE(follower.sync(in_turn).complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, DoublesThePauseOfAProjectThatKeepsFailing) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", say(500));
    auto expected = std::chrono::seconds(30);
    for (std::uint32_t attempt = 1; attempt <= 12; ++attempt) {
        const auto now = master.clock.now();
        follower.sync({});
        const auto parked = follower.catalog.pending().value().at(0);
        EXPECT_EQ(parked.attempts, attempt);
        EXPECT_GE(parked.next_try - now, expected);
        EXPECT_LE(parked.next_try - now, expected * 5 / 4);
        expected = std::min(expected * 2, std::chrono::seconds(21'600));
        master.clock.set(parked.next_try);
    }
}

TEST_F(SyncTest, ObeysRetryAfterOfOneDocument) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", ask_to_wait(503, "4000"));
    const auto report = follower.sync({});
    EXPECT_EQ(outcome_of(report, "other")->kind, Kind::stored);
    const auto parked = follower.catalog.pending().value().at(0);
    EXPECT_GE(parked.next_try, master.clock.now() + std::chrono::seconds(4000));
}

TEST_F(SyncTest, LeavesAnUpstreamAloneThatHasEnoughOfUs) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", ask_to_wait(429, "120"));
    expect_error(follower.try_sync({}), ErrorCode::network, "429");
    follower.upstream_catalog.take_asked();
    follower.upstream_catalog.tell_the_truth();
    expect_error(follower.try_sync({}), ErrorCode::network, "left alone");
    EXPECT_TRUE(follower.upstream_catalog.take_asked().empty());
    master.clock.advance(std::chrono::seconds(121));
    EXPECT_TRUE(follower.sync({}).complete());
    expect_same_as_master(follower);
}

TEST_F(SyncTest, CountsAPauseByTheUpstreamsOwnClock) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie("/simple/demo/", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{
            429,
            "",
            {{"Date", "Thu, 01 Jan 1970 00:00:00 GMT"},
             {"Retry-After", "Thu, 01 Jan 1970 00:02:00 GMT"}}};
    });
    expect_error(follower.try_sync({}), ErrorCode::network, "429");
    follower.upstream_catalog.tell_the_truth();
    master.clock.advance(std::chrono::seconds(119));
    expect_error(follower.try_sync({}), ErrorCode::network, "left alone");
    master.clock.advance(std::chrono::seconds(2));
    EXPECT_TRUE(follower.sync({}).complete());
}

TEST_F(SyncTest, TakesOverANewSignerInTheMiddleOfARun) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    master.add("other", "1.0");
    // The journal is read before the key changes, the page after it.
    follower.upstream_catalog.lie("/changelog", [&](ServedAnswer answer) -> Result<ServedAnswer> {
        follower.upstream_catalog.tell_the_truth();
        master.roll_signer();
        master.add("other", "2.0");
        return answer;
    });
    const auto report = follower.sync();
    EXPECT_EQ(outcome_of(report, "other")->kind, Kind::stored);
}

TEST_F(SyncTest, ReadsNoContentThatItHasVerified) {
    const auto added = master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    follower.blobs.plant(added.record.metadata->digest, bytes_of("damaged"));
    master.add("demo", "2.0");
    const auto report = follower.sync();
    EXPECT_EQ(outcome_of(report, "demo")->files, 2U) << "the new release alone";
}

TEST_F(SyncTest, LetsOneUnreachableProjectWait) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie(file_path("demo"), say(503));
    const auto report = follower.sync();
    EXPECT_EQ(outcome_of(report, "demo")->kind, Kind::failed);
    EXPECT_EQ(outcome_of(report, "other")->kind, Kind::stored);
    EXPECT_EQ(report.to, master.catalog.state().value().last_serial)
        << "one project holds nobody up";
    const auto pending = follower.catalog.pending().value();
    ASSERT_EQ(pending.size(), 1U);
    EXPECT_NE(pending[0].reason.find("503"), std::string::npos);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

}  // namespace
}  // namespace heliograph::mirror
