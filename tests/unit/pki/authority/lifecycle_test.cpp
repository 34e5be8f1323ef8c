// SPDX-License-Identifier: Apache-2.0
// Renewal, requests, many at once, throw-away authorities, and what the ledger remembers of it.
#include <pki/authority/authority_reader.hpp>
#include <pki/authority/ephemeral.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/base/database/database.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/x509/chain.hpp>
#include <tests/support/process.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <gmock/gmock.h>

#include <map>

namespace heliograph::pki {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Lifecycle : public AuthorityFixture {
  protected:
    static std::string serial_in(const fs::path& place) {
        return sure(Credential::load_bundle(place / "bundle.pem")).leaf.serial_hex();
    }
    CertificateRequest request_of(
        const fs::path& key,
        const std::string& names = "DNS:localhost",
        const std::vector<std::string>& key_options = p256
    ) const {
        std::vector<std::string> arguments{
            "req",
            "-new",
            "-noenc",
            "-keyout",
            key,
            "-config",
            "/dev/null",
            "-subj",
            "/CN=web",
            "-addext",
            "subjectAltName=" + names,
            "-newkey"};
        arguments.insert(arguments.end(), key_options.begin(), key_options.end());
        const auto made =
            test_support::run({.program = "openssl", .arguments = std::move(arguments)});
        return sure(CertificateRequest::parse_pem(made.output));
    }

    inline static const std::vector<std::string> p256{"ec", "-pkeyopt", "ec_paramgen_curve:P-256"};
};

TEST_F(Lifecycle, RenewKeepsKeyAndNamesAndExchangesTheFiles) {
    Authority authority = create();
    const auto old = sure(authority.issue(server()));
    m_clock.advance(days(60));
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    EXPECT_EQ(renewed.certificate.public_key(), old.certificate.public_key());
    EXPECT_EQ(renewed.certificate.dns_names(), old.certificate.dns_names());
    EXPECT_EQ(renewed.certificate.ip_addresses(), old.certificate.ip_addresses());
    EXPECT_EQ(renewed.certificate.subject(), old.certificate.subject());
    EXPECT_EQ(renewed.certificate.not_after(), old.certificate.not_after() + days(60));
    EXPECT_EQ(renewed.folder, old.folder);
    EXPECT_EQ(serial_in(old.folder), renewed.certificate.serial_hex());
    EXPECT_EQ(
        serial_in(folder() / "retired" / old.certificate.serial_hex()), old.certificate.serial_hex()
    );
    EXPECT_EQ(sure(authority.find("localhost")).size(), 2U);
}

// As a kill leaves it: the row is there, the files are whole, and not yet in place.
TEST_F(Lifecycle, FinishesARenewalThatWasKilledBeforeItsFilesWereInPlace) {
    const fs::path place = folder() / "issued/localhost";
    const fs::path staging = folder() / "issued/.localhost.renewed.tmp";
    std::string first;
    std::string second;
    {
        Authority authority = create();
        ASSERT_TRUE(succeeded(authority.issue(server())));
        first = serial_in(place);
        ASSERT_TRUE(succeeded(authority.renew({.name = "localhost", .key = KeyChange::new_key})));
        second = serial_in(place);
    }
    fs::rename(place, staging);
    fs::rename(folder() / "retired" / first, place);
    {
        Authority authority = sure(Authority::open(folder(), m_clock));
        EXPECT_EQ(serial_in(place), second);
        EXPECT_EQ(serial_in(folder() / "retired" / first), first);
        EXPECT_FALSE(fs::exists(staging));
        EXPECT_TRUE(succeeded(authority.renew({.name = "localhost"})));
        EXPECT_EQ(serial_in(folder() / "retired" / second), second);
    }
    fs::rename(folder() / "retired" / first, staging);
    const std::string third = serial_in(place);
    const Authority authority = sure(Authority::open(folder(), m_clock));
    EXPECT_EQ(serial_in(place), third) << "older files never come back";
    EXPECT_TRUE(fs::exists(folder() / "retired" / first));
}

TEST_F(Lifecycle, FinishesARenewalOfFilesThatLieElsewhereWhenItIsOpened) {
    const fs::path disk = m_temp / "disk";
    const fs::path place = disk / "elsewhere";
    const fs::path staging = disk / ".elsewhere.renewed.tmp";
    fs::create_directory(disk);
    std::string first;
    std::string second;
    {
        Authority authority = create();
        IssueRequest wanted = server();
        wanted.folder = place;
        first = sure(authority.issue(wanted)).certificate.serial_hex();
        second = sure(authority.renew({.name = "localhost"})).certificate.serial_hex();
    }
    // As a kill leaves it, behind the row and before the files.
    fs::rename(place, staging);
    fs::rename(folder() / "retired" / first, place);
    ASSERT_TRUE(succeeded(sure(Ledger::open(folder() / "ledger.db", OpenMode::existing))
                              .add_staging_folder(place.string())));
    const auto reopen_and_count = [this] {
        const Authority authority = reopened();
        const fs::path ledger = folder() / "ledger.db";
        return sure(sure(Ledger::open(ledger, OpenMode::existing)).staging_folders()).size();
    };
    // The disk is away, with an empty folder in its place; then it is back.
    fs::rename(disk, m_temp / "away");
    EXPECT_EQ(reopen_and_count(), 1U);
    fs::create_directory(disk);
    EXPECT_EQ(reopen_and_count(), 1U);
    fs::remove(disk);
    fs::rename(m_temp / "away", disk);
    EXPECT_EQ(reopen_and_count(), 0U);
    EXPECT_EQ(serial_in(place), second);
    EXPECT_FALSE(fs::exists(staging));
}

TEST_F(Lifecycle, AsksTheLedgerWhileAnotherProcessWorks) {
    const Authority busy = create();
    const AuthorityReader reader = sure(AuthorityReader::open(folder(), m_clock));
    EXPECT_EQ(sure(reader.list()).size(), 2U);
    EXPECT_EQ(sure(reader.list_state()), ListState::fresh);
    expect_error(AuthorityReader::open(m_temp / "none", m_clock), ErrorCode::not_found, "pki init");
}

TEST_F(Lifecycle, DropsARenewalThatWasKilledBeforeItsRow) {
    const fs::path place = folder() / "issued/localhost";
    const fs::path staging = folder() / "issued/.localhost.renewed.tmp";
    const fs::path other = m_temp / "other";
    std::string serial;
    {
        Authority authority = create();
        ASSERT_TRUE(succeeded(authority.issue(server())));
        serial = serial_in(place);
        Authority stranger = sure(Authority::create(other, {}, m_clock));
        ASSERT_TRUE(succeeded(stranger.issue(server())));
    }
    fs::copy(other / "issued/localhost", staging);  // Of no row here.
    Authority authority = sure(Authority::open(folder(), m_clock));
    EXPECT_FALSE(fs::exists(staging));
    EXPECT_EQ(serial_in(place), serial);
    EXPECT_EQ(sure(authority.list()).size(), 3U);
}

TEST_F(Lifecycle, RekeyMakesANewKeyOfTheSameType) {
    Authority authority = create();
    IssueRequest request = server();
    request.key_type = KeyType::p384;
    const auto old = sure(authority.issue(request));
    const auto renewed = sure(authority.renew({.name = "localhost", .key = KeyChange::new_key}));
    EXPECT_FALSE(renewed.certificate.public_key() == old.certificate.public_key());
    EXPECT_EQ(renewed.certificate.public_key().description(), "EC P-384");
    EXPECT_EQ(serial_in(renewed.folder), renewed.certificate.serial_hex());
}

TEST_F(Lifecycle, RecipientsHaveKeysThatAgreeAndOthersKeysThatSign) {
    Authority authority = create();
    IssueRequest wanted{.kind = LeafKind::recipient, .name = "alice"};
    wanted.key_type = KeyType::ed25519;
    expect_error(authority.issue(wanted), ErrorCode::invalid_argument, "x25519 or p256");
    wanted.key_type = KeyType::x25519;
    ASSERT_TRUE(succeeded(authority.issue(wanted)));
    const auto rekeyed = sure(authority.renew({.name = "alice", .key = KeyChange::new_key}));
    EXPECT_EQ(rekeyed.certificate.public_key().description(), "X25519");
    IssueRequest other = server();
    other.key_type = KeyType::x25519;
    expect_error(authority.issue(other), ErrorCode::invalid_argument, "key that signs");
}

TEST_F(Lifecycle, SignsRequestsOfRecipientsWhoseKeysAgree) {
    Authority authority = create();
    const std::string address = "email:alice@example.org";
    const std::vector<std::vector<std::string>> others{
        {"rsa:2048"}, {"ed25519"}, {"ec", "-pkeyopt", "ec_paramgen_curve:P-384"}};
    for (const auto& other : others) {
        expect_error(
            authority.sign(
                {.kind = LeafKind::recipient, .request = request_of(m_temp / "key", address, other)}
            ),
            ErrorCode::invalid_argument,
            "x25519 or p256"
        );
    }
    EXPECT_EQ(sure(authority.list()).size(), 2U);
    ASSERT_TRUE(succeeded(authority.sign(
        {.kind = LeafKind::recipient, .request = request_of(m_temp / "key", address)}
    )));
}

TEST_F(Lifecycle, RenewsFilesThatLieElsewhere) {
    Authority authority = create();
    IssueRequest request = server();
    request.folder = m_temp / "elsewhere";
    ASSERT_TRUE(succeeded(authority.issue(request)));
    const auto renewed = sure(authority.renew({.name = "localhost", .days = days(7)}));
    EXPECT_EQ(renewed.folder, m_temp / "elsewhere");
    EXPECT_EQ(serial_in(renewed.folder), renewed.certificate.serial_hex());
    EXPECT_EQ(renewed.certificate.not_after(), m_clock.now() + days(7) - std::chrono::seconds(1));
}

TEST_F(Lifecycle, RenewRefusesWhatItCannotMean) {
    Authority authority = create();
    expect_error(authority.renew({.name = "nobody"}), ErrorCode::not_found, "pki list");
    const auto issued = sure(authority.issue(server()));
    fs::rename(issued.folder / "key.pem", m_temp / "key.pem");
    expect_error(authority.renew({.name = "localhost"}), ErrorCode::not_found, "key.pem");
    ASSERT_TRUE(succeeded(save_private_key(issued.folder / "key.pem", sure(PrivateKey::generate())))
    );
    expect_error(authority.renew({.name = "localhost"}), ErrorCode::conflict, "pki rekey");
    ASSERT_TRUE(succeeded(authority.revoke({"localhost"})));
    expect_error(authority.renew({.name = "localhost"}), ErrorCode::invalid_argument, "revoked");
    EXPECT_EQ(sure(authority.list()).size(), 3U);
}

TEST_F(Lifecycle, NamesWhatIsDueOnce) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("one"))));
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::client, .name = "two"})));
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::client, .name = "gone"})));
    ASSERT_TRUE(succeeded(authority.revoke({"gone"})));
    EXPECT_TRUE(sure(authority.due({1, 3})).empty());
    m_clock.advance(days(61));
    const auto due = sure(authority.due({1, 3}));
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].name, "one");
    ASSERT_TRUE(succeeded(authority.renew({.name = "one"})));
    ASSERT_EQ(sure(authority.due({1, 3})).size(), 1U);
    EXPECT_EQ(sure(authority.due({1, 3}))[0].name, "two");
    m_clock.advance(days(60));
    EXPECT_EQ(sure(authority.due({1, 3})).size(), 2U) << "expired ones are due too";
    expect_error(authority.due({2, 1}), ErrorCode::invalid_argument);
}

TEST_F(Lifecycle, CallsADamagedKeyDamage) {
    ASSERT_TRUE(succeeded(Authority::create(folder(), {}, m_clock)));
    for (const std::string text : {"", "garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n"}) {
        ASSERT_TRUE(succeeded(write_file_atomically(
            folder() / "private/intermediate.key", bytes_of(text), FileAccess::owner_only
        )));
        expect_error(reopened().issue(server("one")), ErrorCode::io, "from your backup");
    }
}

TEST_F(Lifecycle, SignsNothingBeforeItsBeginOrAfterItsEnd) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("one"))));
    const auto expect_stale = [&](const std::string& advice) {
        expect_error(authority.issue(server("two")), ErrorCode::stale, advice);
        expect_error(authority.renew({.name = "one"}), ErrorCode::stale, advice);
        expect_error(authority.publish_revocation_lists(), ErrorCode::stale, advice);
    };
    const auto published = [&] { return sure(read_file(folder() / "crl.pem", 1'000'000)); };
    const Bytes before = published();
    m_clock.advance(-days(400));
    expect_stale("set the clock");
    m_clock.advance(days(400) + days(365 * 30));
    expect_stale("pki rollover");
    EXPECT_EQ(published(), before);
}

TEST_F(Lifecycle, TwoKindsOfOneNameAreRenewedEachForItself) {
    Authority authority = create();
    const auto served = sure(authority.issue(server("both")));
    const IssueRequest client{
        .kind = LeafKind::client, .name = "both", .folder = m_temp / "elsewhere"};
    ASSERT_TRUE(succeeded(authority.issue(client)));
    m_clock.advance(days(61));
    const auto due = sure(authority.due({1, 3}));
    ASSERT_EQ(due.size(), 2U);
    EXPECT_EQ(due[0].kind, "server");
    const auto renewed = sure(authority.renew({.name = "both", .kind = LeafKind::server}));
    EXPECT_EQ(renewed.folder, served.folder);
    EXPECT_EQ(renewed.certificate.public_key(), served.certificate.public_key());
    ASSERT_EQ(sure(authority.due({1, 3})).size(), 1U);
    EXPECT_EQ(sure(authority.due({1, 3}))[0].kind, "client");
    expect_error(
        authority.renew({.name = "both", .kind = LeafKind::signer}),
        ErrorCode::invalid_argument,
        "signer"
    );
}

TEST_F(Lifecycle, AKindWhoseFilesMadeRoomForAnotherIsNotDue) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("name"))));
    m_clock.advance(days(91));
    ASSERT_EQ(sure(authority.due({1, 3})).size(), 1U) << "expired ones are due";
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::client, .name = "name"})));
    EXPECT_TRUE(sure(authority.due({1, 3})).empty());
}

TEST_F(Lifecycle, RevokingANameWithSeveralValidCertificatesShowsThemFirst) {
    Authority authority = create();
    const auto old = sure(authority.issue(server()));
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    const auto refused = authority.revoke({"localhost"});
    expect_error(refused, ErrorCode::invalid_argument, "--all");
    EXPECT_THAT(refused.error().message(), HasSubstr(old.certificate.serial_hex()));
    EXPECT_THAT(refused.error().message(), HasSubstr(renewed.certificate.serial_hex()));
    EXPECT_EQ(lists()[1].size(), 0U);
    ASSERT_TRUE(succeeded(authority.revoke({old.certificate.serial_hex()})));
    EXPECT_EQ(lists()[1].size(), 1U);
    const RevokeRequest all{"localhost", RevocationReason::superseded, RevokeScope::all_of_name};
    EXPECT_EQ(sure(authority.revoke(all)).size(), 1U);
    EXPECT_EQ(lists()[1].size(), 2U);
}

TEST_F(Lifecycle, ListsDropEntriesOneListAfterTheirEnd) {
    Authority authority = create();
    const auto issued = sure(authority.issue(server()));
    const std::string serial = issued.certificate.serial_hex();
    ASSERT_TRUE(succeeded(authority.revoke({"localhost"})));
    m_clock.advance(days(95));
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists()));
    EXPECT_TRUE(lists()[1].lists(serial)) << "the first list after the end still names it";
    m_clock.advance(days(1));
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists()));
    EXPECT_FALSE(lists()[1].lists(serial));
}

TEST_F(Lifecycle, ListsAreDueAfterAThirdAndLateInTheLastOne) {
    Authority authority = create();
    EXPECT_EQ(sure(authority.list_state()), ListState::fresh);
    m_clock.advance(days(11));
    EXPECT_EQ(sure(authority.list_state()), ListState::due);
    m_clock.advance(days(10));
    EXPECT_EQ(sure(authority.list_state()), ListState::late);
    m_clock.advance(days(10));
    EXPECT_EQ(sure(authority.list_state()), ListState::over);
}

TEST_F(Lifecycle, ListsThatBeginAfterNowAreAMatterOfTheClock) {
    Authority authority = create();
    m_clock.advance(days(20));
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists()));
    const auto before = lists();
    m_clock.set(m_clock.now() - days(1));
    EXPECT_EQ(sure(authority.list_state()), ListState::clock);
    ASSERT_TRUE(succeeded(authority.issue(server())));
    EXPECT_EQ(lists()[0].number_hex(), before[0].number_hex())
        << "nobody signs lists under such a clock unasked";
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists()));
    EXPECT_EQ(sure(authority.list_state()), ListState::fresh) << "whoever asks for it gets it";
}

TEST_F(Lifecycle, SignsARequestWithoutEverSeeingItsKey) {
    Authority authority = create();
    const auto issued =
        sure(authority.sign({.kind = LeafKind::server, .request = request_of(m_temp / "key")}));
    EXPECT_EQ(issued.folder, folder() / "issued/web");
    EXPECT_FALSE(fs::exists(issued.folder / "key.pem"));
    EXPECT_TRUE(fs::exists(issued.folder / "chain.pem"));
    EXPECT_TRUE(
        sure(load_private_key(m_temp / "key")).public_key() == issued.certificate.public_key()
    );
    const auto renewed = sure(authority.renew({.name = "web"}));
    EXPECT_EQ(renewed.certificate.public_key(), issued.certificate.public_key());
    expect_error(
        authority.renew({.name = "web", .key = KeyChange::new_key}),
        ErrorCode::invalid_argument,
        "pki sign"
    );
}

TEST_F(Lifecycle, RefusesNamesOfARequestOutsideTheConstraints) {
    Authority authority = create({.permit = {"dns:example.org"}});
    const auto made = test_support::run(
        {.program = "openssl",
         .arguments =
             {"req",
              "-new",
              "-newkey",
              "ec",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-noenc",
              "-keyout",
              "/dev/null",
              "-config",
              "/dev/null",
              "-subj",
              "/CN=web",
              "-addext",
              "subjectAltName=DNS:www.example.com"}}
    );
    expect_error(
        authority.sign(
            {.kind = LeafKind::server, .request = sure(CertificateRequest::parse_pem(made.output))}
        ),
        ErrorCode::invalid_argument,
        "www.example.com"
    );
    EXPECT_FALSE(fs::exists(folder() / "issued/web"));
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

// Roles are given to identities: whoever sends a request must not choose one.
TEST_F(Lifecycle, GivesNoIdentityThatOnlyTheRequestAsksFor) {
    Authority authority = create();
    const std::string theirs = "spiffe://localhost/release/ci";
    const auto made = test_support::run(
        {.program = "openssl",
         .arguments =
             {"req",
              "-new",
              "-newkey",
              "ec",
              "-pkeyopt",
              "ec_paramgen_curve:P-256",
              "-noenc",
              "-keyout",
              "/dev/null",
              "-config",
              "/dev/null",
              "-subj",
              "/CN=laptop",
              "-addext",
              "subjectAltName=URI:" + theirs}}
    );
    SignRequest request{
        .kind = LeafKind::client, .request = sure(CertificateRequest::parse_pem(made.output))};
    expect_error(authority.sign(request), ErrorCode::invalid_argument, theirs);
    expect_error(authority.sign(request), ErrorCode::invalid_argument, "--uri");
    EXPECT_FALSE(fs::exists(folder() / "issued/laptop"));

    request.uri = {theirs};
    EXPECT_THAT(sure(authority.sign(request)).certificate.uris(), testing::ElementsAre(theirs));
}

TEST_F(Lifecycle, IssuesManyAndEachOneIsEnteredAndGood) {
    Authority authority = create();
    std::vector<IssueRequest> requests;
    for (int i = 0; i < 600; ++i) {
        const std::string name = "host" + std::to_string(i);
        requests.push_back({.kind = LeafKind::server, .name = name, .dns = {name + ".localhost"}});
    }
    std::map<std::string, std::string> taken;
    const fs::path archive = m_temp / "all";
    ArchiveWriter writer = empty_archive(archive);
    writer.add = [&taken](const IssueRequest& request, const MadeLeaf& leaf) {
        taken.emplace(leaf.serial_hex, request.name);
        return Outcome();
    };
    ASSERT_TRUE(succeeded(authority.issue_into_archive(requests, writer)));
    EXPECT_TRUE(fs::exists(archive));
    const auto rows = sure(authority.list());
    EXPECT_EQ(rows.size(), 602U);
    EXPECT_EQ(taken.size(), 600U);
    for (std::size_t i = 2; i < rows.size(); i += 97) {
        EXPECT_EQ(taken.at(rows[i].serial_hex), rows[i].name);
        const Certificate leaf = sure(authority.certificate(rows[i].serial_hex));
        EXPECT_EQ(leaf.fingerprint().to_hex(), rows[i].fingerprint_hex);
        EXPECT_EQ(leaf.subject(), rows[i].subject);
        const auto report = sure(check_chain(
            {.leaf = leaf,
             .intermediates = {authority.intermediate()},
             .roots = {authority.root()},
             .revocation_lists = lists(),
             .purpose = ChainPurpose::server,
             .at = m_clock.now(),
             .revocation = RevocationPolicy::required}
        ));
        EXPECT_TRUE(report.accepted()) << report.summary();
    }
}

TEST_F(Lifecycle, PublishesListsAndIssuersUnderItsBaseUrl) {
    Authority authority = create({.base_url = "http://pki.example.org"});
    const auto issued = sure(authority.issue(server()));
    const std::string name = authority.intermediate().fingerprint().to_hex().substr(0, 16);
    const auto text = test_support::run(
        {.program = "openssl",
         .arguments = {"x509", "-noout", "-text"},
         .input = issued.certificate.to_pem()}
    );
    EXPECT_THAT(text.output, HasSubstr("URI:http://pki.example.org/" + name + ".crl"));
    const Bytes list = sure(read_file(folder() / "public" / (name + ".crl"), 1 << 20));
    EXPECT_EQ(sure(RevocationList::parse_der(list)).to_der(), lists()[1].to_der());
    EXPECT_TRUE(fs::exists(folder() / "public" / (name + ".crt")));
    for (const char* bad : {"https://a", "http://", "http://a/", "http://a?b", "x"}) {
        expect_error(
            Authority::create(m_temp / "other", {.base_url = bad}, m_clock),
            ErrorCode::invalid_argument
        );
    }
}

TEST_F(Lifecycle, NamesItsResponderInEndCertificatesOnly) {
    Authority authority = create({.ocsp_url = "http://ocsp.example.org/"});
    const auto responder_of = [](const Certificate& certificate) {
        return test_support::run({.program = "openssl",
                                  .arguments = {"x509", "-noout", "-ocsp_uri"},
                                  .input = certificate.to_pem()})
            .output;
    };
    const auto issued = sure(authority.issue(server()));
    EXPECT_EQ(responder_of(issued.certificate), "http://ocsp.example.org/\n");
    EXPECT_EQ(responder_of(authority.intermediate()), "");
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    EXPECT_EQ(responder_of(renewed.certificate), "http://ocsp.example.org/\n");
    const auto responder = sure(authority.issue({.kind = LeafKind::ocsp, .name = "responder"}));
    EXPECT_EQ(responder_of(responder.certificate), "") << "nobody vouches for the responder";
    for (const char* bad : {"https://a", "http://", "http://a?b", "x"}) {
        expect_error(
            Authority::create(m_temp / "other", {.ocsp_url = bad}, m_clock),
            ErrorCode::invalid_argument,
            "expected"
        );
    }
}

TEST_F(Lifecycle, AuthoritiesOfEveryKeyTypeIssue) {
    for (const auto& [type, words] :
         {std::pair(KeyType::p384, "EC P-384"), {KeyType::ed25519, "Ed25519"}}) {
        const fs::path place = m_temp / words;
        Authority authority = sure(Authority::create(place, {.key_type = type}, m_clock));
        EXPECT_EQ(authority.root().public_key().description(), words);
        EXPECT_TRUE(succeeded(authority.issue(server())));
    }
}

TEST_F(Lifecycle, ThrowAwayAuthoritiesLeaveNoKeyOfTheirOwn) {
    const fs::path place = m_temp / "test-pki";
    const EphemeralRequest request{
        .issue = {server(), {.kind = LeafKind::client, .name = "laptop"}}, .folder = place};
    const Certificate root = sure(make_ephemeral(request, m_clock));
    std::set<std::string> keys;
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
        const Bytes bytes =
            entry.is_regular_file() ? sure(read_file(entry.path(), 1 << 20)) : Bytes();
        if (text_of(bytes).find("PRIVATE KEY") != std::string_view::npos) {
            keys.insert(fs::relative(entry.path(), place).string());
        }
    }
    EXPECT_THAT(
        keys,
        ElementsAre(
            "laptop/bundle.pem", "laptop/key.pem", "localhost/bundle.pem", "localhost/key.pem"
        )
    );
    const auto credential = sure(Credential::load_bundle(place / "localhost/bundle.pem"));
    const auto report = sure(check_chain(
        {.leaf = credential.leaf,
         .intermediates = credential.intermediates,
         .roots = {root},
         .revocation_lists = sure(
             RevocationList::parse_pem_list(text_of(sure(read_file(place / "crl.pem", 1 << 20))), 2)
         ),
         .purpose = ChainPurpose::server,
         .at = m_clock.now(),
         .revocation = RevocationPolicy::required}
    ));
    EXPECT_TRUE(report.accepted()) << report.summary();
    expect_error(make_ephemeral(request, m_clock), ErrorCode::exists);
    expect_error(
        make_ephemeral({.issue = {}, .folder = m_temp / "x"}, m_clock), ErrorCode::invalid_argument
    );
}

}  // namespace
}  // namespace heliograph::pki
