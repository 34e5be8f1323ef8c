// SPDX-License-Identifier: Apache-2.0
// Whom the client blames, distrusts and bans, and whom it must not: honest mirrors that tell bad
// news, lag, or are asked while something changes.
#include <pki/base/encoding.hpp>
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace heliograph::mirror {
namespace {

TEST_F(FetchSessionTest, BlamesNobodyForTellingThatTheSignerWasTakenBack) {
    m_transport.answer(one + "serverkey.crl", lists_that_revoke_the_signer());
    roll_signer();
    serve(two, Serial{43});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "signer-revoked");
    EXPECT_EQ(standing(one), MirrorStanding::usable) << "it told what the authority says";
    EXPECT_TRUE(m_known.at(one).behind_since);
    EXPECT_TRUE(m_evidence.empty());
}

TEST_F(FetchSessionTest, HoldsARevocationAgainstMirrorsThatHideIt) {
    m_list = one + "\n" + two + " priority=2\n";
    m_transport.answer(one + "serverkey.crl", lists_that_revoke_the_signer());
    for (const auto& policy : {verify::strict_page_policy(), verify::default_page_policy()}) {
        m_policy = policy;
        const auto outcome = fetch();
        expect_no_file(outcome);
        expect_finding(*outcome, 0, one, "signer-revoked");
        expect_finding(*outcome, 1, two, "signer-revoked");
        EXPECT_EQ(standing(one), MirrorStanding::usable);
        m_transport.answer(two + "serverkey.crl", ScriptedAnswer{.status = 404});
    }
}

TEST_F(FetchSessionTest, HoldsARevocationAgainstMirrorsThatWereJudgedBeforeIt) {
    m_list = one + "\n" + two + " priority=2\n";
    LongSession session(*this);
    expect_right_file(session.fetch(), one);
    m_transport.answer(two + "serverkey.crl", lists_that_revoke_the_signer());
    m_transport.answer(
        one + "simple/demo/", ScriptedAnswer{.status = 503, .body = m_index.page, .times = 1}
    );
    expect_finding(session.fetch().value(), 1, two, "signer-revoked");
    const auto outcome = session.fetch();
    expect_no_file(outcome);
    expect_finding(*outcome, 0, one, "signer-revoked");
}

TEST_F(FetchSessionTest, BelievesNoRevocationByAnotherAuthorityOfTheSameNames) {
    pki::test::SampleChain impostor;
    m_transport.answer(one + "serverkey.crl", lists_that_revoke_the_signer(impostor));
    m_transport.answer(
        one + "serverkey.crt",
        verify::render_server_key(
            {.signers = {m_index.signer}, .intermediates = {impostor.intermediate}}
        )
    );
    expect_right_file(fetch(), two);
    EXPECT_EQ(standing(one), MirrorStanding::banned);
}

TEST_F(FetchSessionTest, AsksAgainInTheSameRunWhoFailedAsAllOthersDid) {
    m_list = one + "\n" + two + " priority=2\n";
    LongSession session(*this);
    const auto page = m_index.page;
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", std::string("<html>Log in!</html>"));
    }
    expect_no_file(session.fetch());
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", page);
    }
    const auto outcome = session.fetch();
    expect_right_file(outcome, one);
    EXPECT_TRUE(outcome->failures.empty()) << describe(*outcome);
}

TEST_F(FetchSessionTest, AsksAMirrorThatLagsForTheNextFileToo) {
    m_list = one + "\n" + two + " priority=2\n";
    m_state.remember(m_index.page_evidence().wanted, Serial{43});
    serve(two, Serial{44});
    LongSession session(*this);
    expect_right_file(session.fetch(), two);
    serve(one, Serial{44});
    expect_right_file(session.fetch(), one);
}

TEST_F(FetchSessionTest, AsksForTheWholeOfAFileThatEndsWhereItIsToGoOn) {
    const std::string wrong(content.size(), 'x');
    m_transport.answer(file_url(one), ScriptedAnswer{.body = wrong, .cut_after = content.size()});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    EXPECT_EQ(m_transport.ranges().at(file_url(two)), content.size());
    EXPECT_EQ(m_transport.count(file_url(two)), 2U);
    EXPECT_EQ(m_known.at(two).failures_in_a_row, 0U) << "it answered as it must";
}

TEST_F(FetchSessionTest, AsksALiarForNothingMoreInThatRun) {
    m_transport.answer(file_url(one), std::string("a lie of the right kind"));
    const verify::TrustBundle trust = m_index.trust();
    const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
    Fleet fleet(list(), {}, Dice(1));
    FetchSession session(fleet, basis, m_state, conduct());
    const FetchRequest request{
        .requirement = parse_requirement("demo").value(), .target = {}, .folder = m_folder.path()};
    ASSERT_TRUE(heliograph::test::succeeded(session.fetch(request, m_watcher)));
    std::filesystem::remove(m_folder / file_name);
    const auto again = session.fetch(request, m_watcher);
    expect_right_file(again, two);
    expect_finding(*again, 0, one, "mirror-distrusted");
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 1U);
}

TEST_F(FetchSessionTest, BansALiarWithProofOnceAnotherMirrorDelivered) {
    m_transport.answer(file_url(one), std::string("the bytes of a whale"));
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    EXPECT_EQ(standing(one), MirrorStanding::banned);
    EXPECT_EQ(standing(two), MirrorStanding::usable);
    EXPECT_EQ(outcome->failures[0].evidence, "proof.json");
    ASSERT_EQ(m_evidence.size(), 1U);
    EXPECT_EQ(m_evidence[0].mirror, one);
    EXPECT_EQ(m_evidence[0].findings.at(0).id, "file-hash-mismatch");
    EXPECT_EQ(m_evidence[0].received.at(0).url, one + "simple/demo/");

    std::filesystem::remove(m_folder / file_name);
    const auto before = m_transport.count(one + "simple/demo/");
    expect_right_file(fetch(), two);
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), before) << "a banned mirror is not asked";
}

TEST_F(FetchSessionTest, BlamesNobodyForWhatAllMirrorsDoAlike) {
    for (const std::string& mirror : {one, two}) {
        m_transport.answer(mirror + "simple/demo/", std::string("<html>Log in!</html>"));
    }
    expect_no_file(fetch());
    EXPECT_EQ(standing(one), MirrorStanding::usable);
    EXPECT_EQ(standing(two), MirrorStanding::usable);
    EXPECT_TRUE(m_evidence.empty());
}

TEST_F(FetchSessionTest, FindsWhosePartOfAFileWasWrong) {
    std::string altered = content;
    altered[2] ^= 1;
    m_transport.answer(file_url(one), ScriptedAnswer{.body = altered, .cut_after = 10});
    const auto outcome = fetch();
    expect_right_file(outcome, two);
    expect_finding(*outcome, 0, one, "file-part-mismatch");
    EXPECT_EQ(standing(two), MirrorStanding::usable);
}

TEST_F(FetchSessionTest, BlamesTheMirrorWhoseWholeFileIsWrongThoughAnotherBeganIt) {
    std::string altered = content;
    altered.back() ^= 1;
    m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10});
    m_transport.answer(file_url(two), altered);
    m_rounds = 2;
    m_transport.answer(file_url(one), ScriptedAnswer{.body = content, .cut_after = 10, .times = 1});
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_EQ(standing(two), MirrorStanding::banned);
    EXPECT_EQ(standing(one), MirrorStanding::usable);
}

TEST_F(FetchSessionTest, SetsNoSpeedByAMirrorThatLacksTheFile) {
    m_list = one + "\n" + two + " priority=2\n";
    m_transport.answer(file_url(one), ScriptedAnswer{.status = 404});
    m_known[one].bytes_per_second = HealthSample{80'000'000, m_clock.now()};
    expect_right_file(fetch(), two);
    EXPECT_EQ(m_transport.floors().at(file_url(two)), 8192U);
}

TEST_F(FetchSessionTest, BlamesNobodyForAWrongPartThatSeveralMayHaveGiven) {
    m_list = one + "\n" + two + " priority=2\n" + three + " priority=3\n";
    serve(three, Serial{42});
    std::string altered = content;
    altered[2] ^= 1;
    m_transport.answer(file_url(one), ScriptedAnswer{.body = altered, .cut_after = 7});
    m_transport.answer(file_url(two), ScriptedAnswer{.body = content, .cut_after = 7});
    const auto outcome = fetch();
    expect_right_file(outcome, three);
    EXPECT_EQ(describe(*outcome).find("file-part-mismatch"), std::string::npos)
        << describe(*outcome);
}

TEST_F(FetchSessionTest, TakesTheSignatureThatThePageBringsAlong) {
    HeaderList along;
    along.add("X-Page-Signature", encode_base64(m_index.signature));
    m_transport.answer(
        one + "simple/demo/", ScriptedAnswer{.body = m_index.page, .headers = along}
    );
    m_transport.answer(one + "serversig/demo.json", std::string("of a later page"));
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_TRUE(outcome->failures.empty()) << describe(*outcome);
    EXPECT_EQ(m_transport.count(one + "serversig/demo.json"), 0U);
}

TEST_F(FetchSessionTest, AsksAgainBeforeItBlamesForAPublishBetweenPageAndSignature) {
    serve(two, Serial{41});
    m_transport.answer_first(one + "simple/demo/", m_index.page);
    const auto outcome = fetch();
    expect_right_file(outcome, one);
    EXPECT_TRUE(outcome->failures.empty()) << describe(*outcome);
    EXPECT_EQ(outcome->file->serial, Serial{42});
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 2U) << "once more and no oftener";
}

TEST_F(FetchSessionTest, AsksForTheSignersAnewWhenAnotherTookOver) {
    m_list = one + "\n" + two + " priority=2\n";
    LongSession session(*this);
    expect_right_file(session.fetch(), one);
    roll_signer();
    serve(one, Serial{43});
    const auto outcome = session.fetch();
    expect_right_file(outcome, one);
    EXPECT_TRUE(outcome->failures.empty()) << describe(*outcome);
}

}  // namespace
}  // namespace heliograph::mirror
