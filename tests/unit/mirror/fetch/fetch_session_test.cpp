// SPDX-License-Identifier: Apache-2.0
// The client against mirrors that lie, lag, hide and die; every case must end with the right file
// when one honest mirror is left, and name the culprit.
#include <mirror/fetch/fetch_session.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/fetch/scripted_transport.hpp>
#include <tests/unit/verify/gate/signed_index.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace heliograph::mirror {
namespace {

using test::ScriptedAnswer;
using verify::Cause;
using verify::test_gate::SignedIndex;

const std::string one = "https://one.example/";
const std::string two = "https://two.example/";
const std::string three = "https://three.example/";
const std::string content = "the bytes of a wheel";
const std::string file_name = "demo-2.0-py3-none-any.whl";

class FetchSessionTest : public testing::Test {
  protected:
    FetchSessionTest() {
        for (const std::string& mirror : {one, two}) {
            serve(mirror, Serial{42});
        }
    }

    using Serial = verify::Serial;

    verify::PageFile wheel() const {
        verify::PageFile file = verify::test_pages::sample_file(file_name);
        file.sha256 = pki::sha256(bytes_of(content));
        file.size_bytes = content.size();
        return file;
    }

    /// The sample project with one more file, signed, at this serial.
    void serve(const std::string& mirror, Serial serial) {
        verify::ProjectPage page = verify::test_pages::sample_page();
        page.serial = serial;
        verify::add_file(page, wheel());
        m_index.page = render_page_json(page);
        m_index.sign();
        m_transport.answer(mirror + "simple/demo/", m_index.page);
        m_transport.answer(mirror + "serversig/demo.json", std::string(text_of(m_index.signature)));
        m_transport.answer(mirror + "serverkey.crt", m_index.chain_pem);
        m_transport.answer(mirror + "serverkey.crl", m_index.revocation_pem);
        m_transport.answer(file_url(mirror), content);
    }

    std::string file_url(const std::string& mirror) const {
        return mirror + wheel().path().absolute().substr(1);
    }

    MirrorList list() const { return parse_mirror_list(m_list).value(); }

    std::string lists_that_revoke_the_signer() {
        return lists_that_revoke_the_signer(m_index.chain);
    }
    /// Current lists of this authority that name the serial of our signer.
    std::string lists_that_revoke_the_signer(pki::test::SampleChain& authority) {
        return authority.list_of_root().to_pem() +
               authority
                   .list_of_intermediate(
                       {{.serial_hex = m_index.signer.serial_hex(),
                         .revoked_at = verify::test_gate::sample_now,
                         .reason = pki::RevocationReason::key_compromise}}
                   )
                   .to_pem();
    }

    /// From now on another signer signs, with a key of its own.
    void roll_signer() {
        m_index.chain.leaf_key = verify::test_gate::sure(pki::PrivateKey::generate());
        m_index.signer = m_index.chain.leaf(pki::LeafKind::signer);
        m_index.chain_pem = verify::render_server_key(
            {.signers = {m_index.signer}, .intermediates = {m_index.chain.intermediate}}
        );
    }

    /// One session for several requirements, each into an empty folder.
    class LongSession {
      public:
        explicit LongSession(FetchSessionTest& test)
            : m_test(test),
              m_trust(test.m_index.trust()),
              m_fleet(test.list(), test.m_known, Dice(1)),
              m_session(
                  m_fleet,
                  {test.m_transport,
                   m_trust,
                   test.m_state,
                   test.m_clock,
                   test.m_policy,
                   std::nullopt},
                  test.m_state,
                  test.conduct()
              ) {}

        Result<FetchOutcome> fetch() {
            std::filesystem::remove(m_test.m_folder / file_name);
            return m_session.fetch(
                {.requirement = parse_requirement("demo").value(),
                 .target = {},
                 .folder = m_test.m_folder.path()},
                m_test.m_watcher
            );
        }

      private:
        FetchSessionTest& m_test;
        verify::TrustBundle m_trust;
        Fleet m_fleet;
        FetchSession m_session;
    };

    Result<FetchOutcome> fetch(std::string_view requirement = "demo") {
        const verify::TrustBundle trust = m_index.trust();
        const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
        Fleet fleet(list(), m_known, Dice(1));
        FetchSession session(fleet, basis, m_state, conduct());
        auto outcome = session.fetch(
            {.requirement = parse_requirement(requirement).value(),
             .target = {},
             .folder = m_folder.path()},
            m_watcher
        );
        for (std::size_t i = 0; i < fleet.size(); ++i) {
            m_known.insert_or_assign(fleet.url(i).to_string(), fleet.health(i));
        }
        return outcome;
    }

    /// Waits move the clock and take no time.
    FetchConduct conduct() {
        return {
            .retries =
                {.rounds = m_rounds,
                 .wait =
                     [this](std::chrono::milliseconds length) {
                         m_waits.push_back(length);
                         m_clock.advance(std::chrono::ceil<std::chrono::seconds>(length));
                     }},
            .keep_evidence = [this](const MirrorEvidence& evidence) {
                m_evidence.push_back(evidence);
                return Result<std::filesystem::path>(std::filesystem::path("proof.json"));
            }};
    }

    MirrorStanding standing(const std::string& mirror) const {
        return standing_of(m_known.at(mirror), m_clock.now());
    }

    /// The right file stands there, alone.
    void expect_right_file(const Result<FetchOutcome>& outcome, const std::string& from) {
        ASSERT_TRUE(heliograph::test::succeeded(outcome));
        ASSERT_TRUE(outcome->file) << describe(*outcome);
        EXPECT_EQ(outcome->file->mirror, from);
        EXPECT_EQ(outcome->file->path, m_folder / file_name);
        EXPECT_EQ(text_of(read_file(m_folder / file_name, 1000).value()), content);
        EXPECT_EQ(files_in_folder(), 1);
    }

    /// No file, and nothing left behind.
    void expect_no_file(const Result<FetchOutcome>& outcome) {
        ASSERT_TRUE(heliograph::test::succeeded(outcome));
        EXPECT_FALSE(outcome->file);
        EXPECT_EQ(files_in_folder(), 0);
    }

    static void expect_finding(
        const FetchOutcome& outcome,
        std::size_t at,
        const std::string& mirror,
        const std::string& id
    ) {
        ASSERT_GT(outcome.failures.size(), at) << describe(outcome);
        EXPECT_EQ(outcome.failures[at].mirror, mirror);
        const auto& findings = outcome.failures[at].findings;
        const bool found = std::any_of(findings.begin(), findings.end(), [&](const auto& finding) {
            return finding.id == id;
        });
        EXPECT_TRUE(found) << "expected " << id << ", saw " << describe(outcome);
    }

    static std::string describe(const FetchOutcome& outcome) {
        std::string text;
        for (const MirrorFailure& failure : outcome.failures) {
            text += failure.mirror + " " + (failure.error ? failure.error->describe() : "") + "\n";
            for (const auto& finding : failure.findings) {
                text += finding.sentence() + "\n";
            }
        }
        return text;
    }

    long files_in_folder() const {
        return std::distance(
            std::filesystem::directory_iterator(m_folder.path()),
            std::filesystem::directory_iterator()
        );
    }

    std::string m_list = one + "\n" + two + "\n";
    SignedIndex m_index;
    test::ScriptedTransport m_transport;
    heliograph::test::FakeClock m_clock{verify::test_gate::sample_now};
    heliograph::test::TempFolder m_folder;
    KnownHealth m_known;
    unsigned m_rounds = 1;
    std::vector<std::chrono::milliseconds> m_waits;
    std::vector<MirrorEvidence> m_evidence;
    verify::TrustState m_state;
    verify::PagePolicy m_policy = verify::strict_page_policy();
    FetchWatcher m_watcher{[](const verify::PageFile&, const Url&) {}, [](std::uint64_t) {}};
};

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

TEST_F(FetchSessionTest, EndsWhenTheFolderCannotTakeTheFile) {
    std::filesystem::remove(m_folder.path());
    const auto outcome = fetch();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(m_transport.count(two + "simple/demo/"), 0U);
    std::filesystem::create_directory(m_folder.path());
}

}  // namespace
}  // namespace heliograph::mirror
