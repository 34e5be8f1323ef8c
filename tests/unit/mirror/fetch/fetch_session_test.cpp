// SPDX-License-Identifier: Apache-2.0
// The client against mirrors that lie, lag, hide and die; every case must end with the right file
// when one honest mirror is left, and name the culprit.
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace heliograph::mirror {
namespace {

TEST_F(FetchSessionTest, TakesTheFileOfTheFirstGoodMirror) {
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_TRUE(outcome->failures.empty());
    EXPECT_EQ(outcome->file->serial, Serial{42});
    EXPECT_FALSE(outcome->file->checks.empty());
    EXPECT_EQ(m_state.seen(m_index.page_evidence().wanted), Serial{42});
}

TEST_F(FetchSessionTest, NamesTheMirrorThatFlippedAByteAndStillGetsTheFile) {
    std::string flipped = content;
    flipped[3] ^= 1;
    m_transport.answer(file_url(one), flipped);
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "file-hash-mismatch");
    EXPECT_EQ(outcome->failures[0].findings[0].expected, "sha256 " + wheel().sha256.to_hex());
    EXPECT_EQ(
        outcome->failures[0].findings[0].seen, "sha256 " + pki::sha256(bytes_of(flipped)).to_hex()
    );
}

TEST_F(FetchSessionTest, GetsTheBytesFromAMirrorWhosePageLagsBehind) {
    serve(two, Serial{41});
    m_transport.answer(file_url(one), std::string("nothing of the kind"));
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    EXPECT_EQ(outcome->file->serial, Serial{42});
}

TEST_F(FetchSessionTest, RefusesAPageThatWasAltered) {
    std::string altered = m_index.page;
    altered.replace(altered.find("2.0"), 3, "3.0");
    m_transport.answer(one + "simple/demo/", altered);
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "page-signature-invalid");
}

TEST_F(FetchSessionTest, RefusesAnOldStateOnceANewerWasSeen) {
    m_state.remember(m_index.page_evidence().wanted, Serial{43});
    serve(two, Serial{44});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "page-serial-rollback");
    EXPECT_EQ(m_state.seen(m_index.page_evidence().wanted), Serial{44});
}

TEST_F(FetchSessionTest, DoesNotBelieveOneMirrorThatHidesAProject) {
    m_transport.answer(one + "simple/demo/", ScriptedAnswer{.status = 404});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    ASSERT_EQ(outcome->failures.size(), 1U);
    EXPECT_EQ(outcome->failures[0].findings[0].cause, Cause::not_found);
}

TEST_F(FetchSessionTest, LeavesADeadMirrorForTheNext) {
    m_transport.kill(
        one,
        Error(ErrorCode::network, "expected one.example to accept a connection, saw it refused")
    );
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    ASSERT_EQ(outcome->failures.size(), 1U);
    EXPECT_EQ(outcome->failures[0].error->code(), ErrorCode::network);
}

TEST_F(FetchSessionTest, LeavesAMirrorThatFailsWithAStatus) {
    for (const int status : {403, 429, 500, 503, 302}) {
        m_transport.answer(one + "simple/demo/", ScriptedAnswer{.status = status});
        const auto outcome = fetch();
        expect_right_file(outcome, two);
    }
}

TEST_F(FetchSessionTest, RefusesAMissingSignature) {
    m_transport.answer(one + "serversig/demo.json", ScriptedAnswer{.status = 404});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "page-signature-missing");
}

TEST_F(FetchSessionTest, RefusesMissingRevocationListsWhenTheyAreDemanded) {
    m_transport.answer(one + "serverkey.crl", ScriptedAnswer{.status = 404});
    expect_finding(fetch().value(), 0, one, "revocation-missing");
    m_policy = verify::default_page_policy();
    EXPECT_TRUE(fetch()->failures.empty());
}

TEST_F(FetchSessionTest, StopsAnEndlessFile) {
    m_transport.answer(file_url(one), content + std::string(100'000, 'x'));
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "file-length-mismatch");
}

TEST_F(FetchSessionTest, StopsAnEndlessDocument) {
    m_transport.answer(one + "serversig/demo.json", std::string(10'000, 'x'));
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "document-too-large");
}

TEST_F(FetchSessionTest, LeavesNothingOfACutFile) {
    m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10});
    m_transport.answer(file_url(two), content.substr(0, 10));
    const auto outcome = fetch();
    expect_no_file(outcome);
    EXPECT_EQ(outcome->failures[0].error->code(), ErrorCode::network);
    expect_finding(*outcome, 1, two, "file-length-mismatch");
}

TEST_F(FetchSessionTest, SaysWhatEveryMirrorDidWhenNoneIsLeft) {
    m_transport.answer(file_url(one), std::string("bad"));
    m_transport.kill(two, Error(ErrorCode::timeout, "expected an answer in 5 s, saw none"));
    const auto outcome = fetch();
    expect_no_file(outcome);
    ASSERT_EQ(outcome->failures.size(), 2U);
    expect_finding(*outcome, 0, one, "file-hash-mismatch");
    EXPECT_EQ(outcome->failures[1].error->code(), ErrorCode::timeout);
}

TEST_F(FetchSessionTest, KeepsARightFileThatIsThereAlready) {
    ASSERT_TRUE(write_file_atomically(m_folder / file_name, bytes_of(content)));
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_EQ(outcome->file->placement, FetchedFile::Placement::already_there);
    EXPECT_EQ(m_transport.count(file_url(one)), 0U);
}

TEST_F(FetchSessionTest, ReplacesAWrongFileOnlyByARightOne) {
    ASSERT_TRUE(write_file_atomically(m_folder / file_name, bytes_of("old and wrong")));
    m_transport.answer(file_url(one), std::string("new and wrong"));
    expect_right_file(fetch(), two);
}

TEST_F(FetchSessionTest, SaysThatNoReleaseFits) {
    const auto outcome = fetch("demo>=3");
    expect_no_file(outcome);
    EXPECT_EQ(outcome->failures.size(), 2U);
}

TEST_F(FetchSessionTest, DoesNotRememberSerialsThatNobodyVouchedFor) {
    m_policy = verify::no_evidence_page_policy();
    serve(one, verify::max_serial);
    expect_right_file(fetch(), one);
    EXPECT_FALSE(m_state.seen(m_index.page_evidence().wanted));
    EXPECT_EQ(m_transport.count(one + "serversig/demo.json"), 0U);
}

TEST_F(FetchSessionTest, AsksForTheSignerOnceForManyRequirements) {
    const verify::TrustBundle trust = m_index.trust();
    const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
    Fleet fleet(list(), {}, Dice(1));
    FetchSession session(fleet, basis, m_state, conduct());
    for (const char* requirement : {"demo", "demo==2.0", "demo>1"}) {
        const auto outcome = session.fetch(
            {.requirement = parse_requirement(requirement).value(),
             .target = {},
             .folder = m_folder.path()},
            m_watcher
        );
        ASSERT_TRUE(heliograph::test::succeeded(outcome));
        EXPECT_TRUE(outcome->file);
    }
    EXPECT_EQ(m_transport.count(one + "serverkey.crt"), 1U);
    EXPECT_EQ(m_transport.count(one + "serverkey.crl"), 1U);
}

TEST_F(FetchSessionTest, AsksTheNextMirrorWhenOneHasThePageButNotTheFile) {
    m_transport.answer(file_url(one), ScriptedAnswer{.status = 404});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "file-not-found");
    EXPECT_EQ(outcome->failures[0].findings[0].cause, Cause::not_found);
}

TEST_F(FetchSessionTest, SaysThatOnlyABannedMirrorWasLeft) {
    m_known[one].ban =
        IntegrityBan{m_clock.now() + std::chrono::hours(1), "file-hash-mismatch", "proof.json"};
    m_transport.kill(two, Error(ErrorCode::network, "refused"));
    const auto outcome = fetch();
    expect_no_file(outcome);
    expect_finding(*outcome, 1, one, "mirror-banned");
}

TEST_F(FetchSessionTest, GoesOnAtTheNextMirrorWhereOneBrokeOff) {
    m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    EXPECT_EQ(m_transport.ranges().at(file_url(two)), 7U);
    EXPECT_EQ(standing(one), MirrorStanding::usable) << "one broken connection is no crime";
}

TEST_F(FetchSessionTest, AsksAllMirrorsOnceWithoutDelayBeforeItWaits) {
    m_rounds = 4;
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", ScriptedAnswer{.status = 500});
    }
    expect_no_file(fetch());
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 4U);
    EXPECT_EQ(m_transport.count(two + "simple/demo/"), 4U);
    ASSERT_EQ(m_waits.size(), 3U);
    EXPECT_LE(m_waits[0].count(), 400);
    EXPECT_LE(m_waits[2].count(), 1600);
    EXPECT_EQ(
        (std::vector<std::string>(
            m_transport.requests().begin(), m_transport.requests().begin() + 2
        )),
        (std::vector<std::string>{one + "simple/demo/", two + "simple/demo/"})
    );
}

TEST_F(FetchSessionTest, GetsTheFileInALaterRoundFromAMirrorThatRecovered) {
    m_rounds = 4;
    m_transport.kill(two, Error(ErrorCode::network, "refused"));
    m_transport.answer(
        one + "simple/demo/", ScriptedAnswer{.status = 502, .body = m_index.page, .times = 1}
    );
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_EQ(m_waits.size(), 1U);
}

TEST_F(FetchSessionTest, DoesNotRepeatWhatWillNotPass) {
    m_rounds = 4;
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", ScriptedAnswer{.status = 403});
    }
    expect_no_file(fetch());
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 1U);
    EXPECT_TRUE(m_waits.empty());
}

TEST_F(FetchSessionTest, GivesABusyMirrorTheRestItAsksForAndNoBlame) {
    HeaderList busy;
    busy.add("Retry-After", "30");
    m_transport.answer(one + "simple/demo/", ScriptedAnswer{.status = 429, .headers = busy});
    expect_right_file(fetch(), two);
    EXPECT_EQ(standing(one), MirrorStanding::resting);
    EXPECT_EQ(m_known.at(one).failures_in_a_row, 0U);
}

TEST_F(FetchSessionTest, WaitsForTheOnlyMirrorLeftToEndItsRest) {
    HeaderList busy;
    busy.add("Retry-After", "30");
    m_rounds = 2;
    m_transport.answer(
        one + "simple/demo/",
        ScriptedAnswer{.status = 503, .body = m_index.page, .headers = busy, .times = 1}
    );
    m_transport.answer(two + "simple/demo/", ScriptedAnswer{.status = 403});
    expect_right_file(fetch(), one);
    ASSERT_EQ(m_waits.size(), 1U);
    EXPECT_EQ(m_waits[0], std::chrono::seconds(30));
}

TEST_F(FetchSessionTest, DoesNotWaitForARestOverAMinute) {
    HeaderList busy;
    busy.add("Retry-After", "3600");
    m_rounds = 4;
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", ScriptedAnswer{.status = 429, .headers = busy});
    }
    expect_no_file(fetch());
    EXPECT_TRUE(m_waits.empty());
}

TEST_F(FetchSessionTest, MarksAMirrorThatLacksWhatTheSignedPageLists) {
    m_transport.answer(file_url(one), ScriptedAnswer{.status = 404});
    expect_right_file(fetch(), two);
    EXPECT_TRUE(m_known.at(one).behind_since);
    EXPECT_EQ(standing(one), MirrorStanding::usable);
}

ScriptedAnswer left_out_answer() {
    ScriptedAnswer answer{.status = 404};
    answer.headers.add("X-Left-Out", "age");
    return answer;
}

TEST_F(FetchSessionTest, KeepsWhatOthersGaveWhenAMirrorClaimsToLeaveTheFileOut) {
    const std::string four = "https://four.example/";
    m_list = one + "\n" + two + " priority=2\n" + three + " priority=3\n" + four + " priority=4\n";
    serve(three, Serial{42});
    serve(four, Serial{42});
    m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10});
    m_transport.answer(file_url(two), left_out_answer());
    m_transport.answer(file_url(three), ScriptedAnswer{.body = content, .cut_after = 10});
    expect_right_file(fetch(), four);
    EXPECT_EQ(m_transport.ranges().at(file_url(three)), 7U);
    EXPECT_EQ(m_transport.ranges().at(file_url(four)), 14U);
}

TEST_F(FetchSessionTest, KeepsThePartsOfSeveralWhenAMirrorHasNoSuchFile) {
    const std::string four = "https://four.example/";
    for (const auto& absent : {left_out_answer(), ScriptedAnswer{.status = 404}}) {
        m_list =
            one + "\n" + two + " priority=2\n" + three + " priority=3\n" + four + " priority=4\n";
        serve(four, Serial{42});
        m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10});
        m_transport.answer(file_url(two), ScriptedAnswer{.body = content, .cut_after = 10});
        m_transport.answer(file_url(three), absent);
        std::filesystem::remove(m_folder / file_name);
        expect_right_file(fetch(), four);
        EXPECT_EQ(m_transport.ranges().at(file_url(four)), 14U);
    }
}

TEST_F(FetchSessionTest, AsksOthersFirstForAWhileAfterAMirrorClaimedToLeaveAFileOut) {
    m_list = one + "\n" + two + " priority=2\n";
    m_transport.answer(file_url(one), left_out_answer());
    LongSession session(*this);
    const auto outcome = session.fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "file-left-out");
    EXPECT_NE(describe(*outcome).find("which nobody signed"), std::string::npos);
    expect_right_file(session.fetch(), two);
    EXPECT_EQ(m_transport.count(file_url(one)), 1U);
    m_clock.advance(std::chrono::minutes(11));
    expect_right_file(session.fetch(), two);
    EXPECT_EQ(m_transport.count(file_url(one)), 2U);
}

TEST_F(FetchSessionTest, TakesAClaimToLeaveAFileOutForNeitherSuccessNorFailure) {
    m_list = two + "\n" + one + " priority=2\n";
    m_known[one].failures_in_a_row = 2;
    m_transport.answer(file_url(two), ScriptedAnswer{.status = 403});
    m_transport.answer(file_url(one), left_out_answer());
    expect_no_file(fetch());
    EXPECT_EQ(m_known.at(one).failures_in_a_row, 2U);
    EXPECT_FALSE(m_known.at(one).behind_since);
}

TEST_F(FetchSessionTest, EndsWhenTheFolderCannotTakeTheFile) {
    std::filesystem::remove(m_folder.path());
    const auto outcome = fetch();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(m_transport.count(two + "simple/demo/"), 0U);
    std::filesystem::create_directory(m_folder.path());
}

}  // namespace
}  // namespace heliograph::mirror
