// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_reader.hpp>
#include <pki/authority/ledger_schema.hpp>
#include <pki/base/database/database.hpp>
#include <pki/base/file_lock.hpp>
#include <pki/x509/chain.hpp>
#include <tests/support/process.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <gmock/gmock.h>

#include <set>

namespace heliograph::pki {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class AuthorityFolder : public AuthorityFixture {
  protected:
    ChainReport judge(const Credential& credential, ChainPurpose purpose) const {
        const Bytes root = sure(read_file(folder() / "root.crt", certificate_limit_bytes));
        return sure(check_chain(
            {.leaf = credential.leaf,
             .intermediates = credential.intermediates,
             .roots = {sure(Certificate::parse_pem(text_of(root)))},
             .revocation_lists = lists(),
             .purpose = purpose,
             .at = m_clock.now(),
             .revocation = RevocationPolicy::required}
        ));
    }

    static std::set<std::string> names_in(const fs::path& path) {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(path)) {
            names.insert(entry.path().filename().string());
        }
        return names;
    }
};

constexpr auto owner_only = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(AuthorityFolder, HoldsWhatItsHeaderDraws) {
    const Authority authority = create({.name = "Example Org"});
    EXPECT_EQ(
        names_in(folder()),
        (std::set<std::string>{
            "root.crt",
            "intermediate.crt",
            "crl.pem",
            "private",
            "issued",
            "ocsp",
            "ledger.db",
            "ledger.db-shm",
            "ledger.db-wal",
            "lock"})
    );
    EXPECT_EQ(fs::status(folder() / "private/root.key").permissions(), owner_only);
    EXPECT_EQ(fs::status(folder() / "private/intermediate.key").permissions(), owner_only);
    EXPECT_EQ(fs::status(folder() / "private").permissions(), fs::perms::owner_all);
    EXPECT_EQ(authority.root().subject_common_name(), "Example Org Root");
    EXPECT_EQ(lists().size(), 2U);
    const auto rows = sure(authority.list());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].kind, "root");
    EXPECT_EQ(rows[1].kind, "intermediate");
}

TEST_F(AuthorityFolder, IsNeverMadeTwice) {
    const std::string before = create().root().fingerprint().to_hex();
    expect_error(Authority::create(folder(), {}, m_clock), ErrorCode::exists, "stays as it is");
    EXPECT_EQ(sure(Authority::open(folder(), m_clock)).root().fingerprint().to_hex(), before);
    EXPECT_EQ(names_in(m_temp.path()), std::set<std::string>{"pki"});
}

TEST_F(AuthorityFolder, IsNotMadeAmongForeignFiles) {
    ASSERT_TRUE(succeeded(make_folder(folder())));
    ASSERT_TRUE(succeeded(write_file_atomically(folder() / "note", bytes_of("mine"))));
    expect_error(Authority::create(folder(), {}, m_clock), ErrorCode::exists);
    EXPECT_EQ(names_in(folder()), std::set<std::string>{"note"});
    expect_error(Authority::open(folder(), m_clock), ErrorCode::not_found, "pki init");
}

TEST_F(AuthorityFolder, RefusesRequestsThatCannotBeMeant) {
    expect_error(
        Authority::create(folder(), {.name = "a/b"}, m_clock), ErrorCode::invalid_argument
    );
    expect_error(
        Authority::create(folder(), {.permit = {"*.x"}}, m_clock), ErrorCode::invalid_argument
    );
    expect_error(
        Authority::create(
            folder(), {.permit = {"example.org"}, .constraint = Constraint::none}, m_clock
        ),
        ErrorCode::invalid_argument
    );
    EXPECT_TRUE(names_in(m_temp.path()).empty());
}

TEST_F(AuthorityFolder, IssuesCertificatesThatHoldForTheirPurpose) {
    Authority authority = create();
    const auto served = sure(authority.issue(server()));
    const auto client = sure(authority.issue({.kind = LeafKind::client, .name = "build"}));
    const auto signer = sure(authority.issue({.kind = LeafKind::signer, .name = "page-signer"}));
    for (const auto& [issued, purpose] :
         {std::pair(served, ChainPurpose::server),
          {client, ChainPurpose::client},
          {signer, ChainPurpose::signer}}) {
        const Credential credential = sure(Credential::load_bundle(issued.folder / "bundle.pem"));
        EXPECT_EQ(credential.leaf, issued.certificate);
        const ChainReport report = judge(credential, purpose);
        EXPECT_TRUE(report.accepted()) << report.summary();
        EXPECT_TRUE(succeeded(Credential::load(
            {.key = issued.folder / "key.pem", .chain = issued.folder / "chain.pem"}
        )));
        EXPECT_EQ(fs::status(issued.folder / "key.pem").permissions(), owner_only);
        EXPECT_EQ(fs::status(issued.folder / "bundle.pem").permissions(), owner_only);
    }
    EXPECT_THAT(client.certificate.uris(), ElementsAre("spiffe://heliograph/client/build"));
    EXPECT_EQ(signer.certificate.not_after() - m_clock.now(), days(365) - std::chrono::seconds(1));
    EXPECT_EQ(sure(authority.list()).size(), 5U);
}

TEST_F(AuthorityFolder, TakesTheNameAsTheServersNameWhenNoneIsGiven) {
    Authority authority = create();
    const auto by_name = sure(authority.issue({.kind = LeafKind::server, .name = "localhost"}));
    EXPECT_THAT(by_name.certificate.dns_names(), ElementsAre("localhost"));
    EXPECT_EQ(by_name.certificate.subject_common_name(), "localhost");
    const auto by_ip = sure(authority.issue({.kind = LeafKind::server, .name = "127.0.0.1"}));
    EXPECT_THAT(by_ip.certificate.ip_addresses(), ElementsAre("127.0.0.1"));
}

TEST_F(AuthorityFolder, RefusesNamesThatItMayNotVouchForAndLeavesNoTrace) {
    Authority authority = create({.permit = {"example.org"}});
    IssueRequest request = server("web");
    request.dns = {"www.example.com"};
    expect_error(authority.issue(request), ErrorCode::invalid_argument, "example.org");
    EXPECT_TRUE(names_in(folder() / "issued").empty());
    EXPECT_EQ(sure(authority.list()).size(), 2U);
    request.dns = {"www.example.org"};
    EXPECT_TRUE(succeeded(authority.issue(request)));
}

TEST_F(AuthorityFolder, RefusesNamesThatAreNoFileNames) {
    Authority authority = create({.constraint = Constraint::none});
    for (const std::string& bad :
         {std::string(),
          std::string(".."),
          std::string(".hidden"),
          std::string("../x"),
          std::string("a/b"),
          std::string("-rf"),
          std::string("a b"),
          std::string("a\0b", 3),
          std::string("\xd0\xb0"),
          std::string(65, 'a'),
          std::string(10'000, 'a')}) {
        IssueRequest request = server(bad);
        expect_error(authority.issue(request), ErrorCode::invalid_argument);
    }
    EXPECT_TRUE(names_in(folder() / "issued").empty());
}

TEST_F(AuthorityFolder, NeverReplacesAValidCertificate) {
    Authority authority = create();
    const auto first = sure(authority.issue(server()));
    expect_error(authority.issue(server()), ErrorCode::exists, "pki revoke localhost");
    EXPECT_EQ(sure(Credential::load_bundle(first.folder / "bundle.pem")).leaf, first.certificate);
    EXPECT_EQ(sure(authority.list()).size(), 3U);
}

TEST_F(AuthorityFolder, MovesRevokedAndExpiredFilesAside) {
    Authority authority = create();
    const auto first = sure(authority.issue(server()));
    ASSERT_TRUE(succeeded(authority.revoke({"localhost"})));
    const auto second = sure(authority.issue(server()));
    EXPECT_NE(first.certificate, second.certificate);
    EXPECT_TRUE(fs::exists(folder() / "retired" / first.certificate.serial_hex() / "key.pem"));
    m_clock.advance(days(91));
    const auto third = sure(authority.issue(server()));
    EXPECT_EQ(sure(Credential::load_bundle(third.folder / "bundle.pem")).leaf, third.certificate);
}

TEST_F(AuthorityFolder, PutsFilesWhereItIsTold) {
    Authority authority = create();
    IssueRequest request = server();
    request.folder = m_temp / "elsewhere";
    const auto issued = sure(authority.issue(request));
    EXPECT_EQ(
        names_in(m_temp / "elsewhere"),
        (std::set<std::string>{"bundle.pem", "cert.pem", "chain.pem", "key.pem"})
    );
    expect_error(authority.issue(request), ErrorCode::exists);
    EXPECT_EQ(sure(authority.list()).size(), 3U);
}

TEST_F(AuthorityFolder, RevokesByNameAndBySerialAndPublishesAtOnce) {
    Authority authority = create();
    const auto one = sure(authority.issue({.kind = LeafKind::signer, .name = "one"}));
    const auto two = sure(authority.issue({.kind = LeafKind::signer, .name = "two"}));
    const Credential credential = sure(Credential::load_bundle(one.folder / "bundle.pem"));
    EXPECT_TRUE(judge(credential, ChainPurpose::signer).accepted());
    const auto revoked = sure(authority.revoke({"one", RevocationReason::key_compromise}));
    ASSERT_EQ(revoked.size(), 1U);
    EXPECT_EQ(revoked[0].reason, RevocationReason::key_compromise);
    EXPECT_TRUE(judge(credential, ChainPurpose::signer).has(ChainDefectCode::revoked));
    ASSERT_TRUE(succeeded(authority.revoke({two.certificate.serial_hex()})));
    EXPECT_TRUE(lists()[1].lists(two.certificate.serial_hex()));
    EXPECT_EQ(lists()[1].size(), 2U);
    // Again is harmless, and the first time and reason stand.
    m_clock.advance(days(1));
    expect_error(
        authority.revoke({"one", RevocationReason::superseded}), ErrorCode::refused, "2026-01-02"
    );
    const auto again = sure(authority.revoke({"one"}));
    EXPECT_EQ(again[0].reason, RevocationReason::key_compromise);
    EXPECT_EQ(again[0].revoked_at, revoked[0].revoked_at);
    expect_error(authority.revoke({"three"}), ErrorCode::not_found, "pki list");
    expect_error(authority.revoke({authority.root().serial_hex()}), ErrorCode::invalid_argument);
}

TEST_F(AuthorityFolder, RevokesItsIntermediateThroughTheRootsList) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.revoke({authority.intermediate().serial_hex()})));
    EXPECT_TRUE(lists()[0].lists(authority.intermediate().serial_hex()));
    EXPECT_EQ(lists()[1].size(), 0U);
}

TEST_F(AuthorityFolder, NumbersItsListsUpwards) {
    Authority authority = create();
    const auto first = lists()[1].number_hex();
    ASSERT_TRUE(succeeded(authority.publish_revocation_lists(days(7))));
    EXPECT_EQ(first, "01");
    EXPECT_EQ(lists()[0].number_hex(), "02");
    EXPECT_EQ(lists()[1].number_hex(), "02");
    EXPECT_EQ(lists()[0].next_update(), m_clock.now() + days(7) - std::chrono::seconds(1));
    expect_error(authority.publish_revocation_lists(days(0)), ErrorCode::invalid_argument);
    expect_error(authority.publish_revocation_lists(days(367)), ErrorCode::invalid_argument);
}

TEST_F(AuthorityFolder, RenewsItsListsWithAnIssueAfterAThirdOfTheirLife) {
    Authority authority = create();
    m_clock.advance(days(9));
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "one"})));
    EXPECT_EQ(lists()[0].number_hex(), "01");
    m_clock.advance(days(2));
    ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::signer, .name = "two"})));
    EXPECT_EQ(lists()[0].number_hex(), "02");
    EXPECT_EQ(lists()[0].next_update(), m_clock.now() + days(30) - std::chrono::seconds(1));
}

TEST_F(AuthorityFolder, IssuesWhileItsRootKeyIsElsewhere) {
    Authority authority = create();
    fs::rename(folder() / "private/root.key", m_temp / "root.key");
    m_clock.advance(days(20));
    EXPECT_TRUE(succeeded(authority.issue(server())));
    expect_error(authority.publish_revocation_lists(), ErrorCode::io, "bring it there");
}

TEST_F(AuthorityFolder, RefusesKeysThatOthersCanRead) {
    Authority authority = create();
    fs::permissions(folder() / "private/intermediate.key", fs::perms(0640));
    expect_error(authority.issue(server()), ErrorCode::denied, "chmod");
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

TEST_F(AuthorityFolder, RefusesTheKeyOfAnother) {
    Authority authority = create();
    fs::copy_file(
        folder() / "private/root.key",
        folder() / "private/intermediate.key",
        fs::copy_options::overwrite_existing
    );
    expect_error(authority.issue(server()), ErrorCode::conflict, "backup");
}

TEST_F(AuthorityFolder, WithADamagedLedgerIsNotOpened) {
    create();
    ASSERT_TRUE(
        succeeded(write_file_atomically(folder() / "ledger.db", bytes_of("no database at all")))
    );
    EXPECT_FALSE(Authority::open(folder(), m_clock).has_value());
}

// As a tool leaves it that was started on a ledger without a byte.
TEST_F(AuthorityFolder, WithALedgerOfNobodyIsNeitherOpenedNorRead) {
    create();
    for (const char* name : {"ledger.db", "ledger.db-wal", "ledger.db-shm"}) {
        fs::remove(folder() / name);
    }
    sure(Database::open(
        folder() / "ledger.db", OpenMode::create, ledger_migrations(), ledger_tables()
    ));
    const auto reader = AuthorityReader::open(folder(), m_clock);
    const auto authority = Authority::open(folder(), m_clock);
    ASSERT_FALSE(reader.has_value() || authority.has_value());
    for (const Error* error : {&reader.error(), &authority.error()}) {
        EXPECT_EQ(error->code(), ErrorCode::io);
        EXPECT_THAT(error->message(), HasSubstr("without a name"));
        EXPECT_THAT(error->message(), HasSubstr("pki restore"));
    }
}

// Its last byte belongs to the signature: no reader of certificates could tell.
TEST_F(AuthorityFolder, WithACertificateThatTheDiskAlteredIssuesNothing) {
    create();
    {
        auto database =
            sure(Database::open(folder() / "ledger.db", OpenMode::existing, ledger_migrations()));
        auto row =
            sure(database.prepare("SELECT der FROM certificate WHERE kind = 'intermediate'"));
        ASSERT_EQ(sure(row.step()), Step::row);
        Bytes der = row.blob(0);
        row.reset();
        der.back() ^= std::byte{1};
        auto change =
            sure(database.prepare("UPDATE certificate SET der = ? WHERE kind = 'intermediate'"));
        ASSERT_TRUE(succeeded(change.bind_all(ByteSpan(der)).run()));
    }
    auto authority = Authority::open(folder(), m_clock);
    expect_error(
        authority ? authority->issue(server()) : Result<Issued>(authority.error()),
        ErrorCode::malformed,
        "restore a backup"
    );
}

TEST_F(AuthorityFolder, RemovesWhatAKilledProcessWasBuilding) {
    create();
    ASSERT_TRUE(succeeded(make_folder(folder() / "issued/.web.1.0.tmp")));
    const Authority authority = sure(Authority::open(folder(), m_clock));
    EXPECT_TRUE(names_in(folder() / "issued").empty());
}

TEST_F(AuthorityFolder, IsAcceptedByTheOpensslCommandInStrictMode) {
    Authority authority = create();
    const auto issued = sure(authority.issue(server()));
    const auto outcome = test_support::run(
        {.program = "openssl",
         .arguments =
             {"verify",
              "-x509_strict",
              "-crl_check_all",
              "-attime",
              std::to_string(m_clock.now().time_since_epoch().count()),
              "-purpose",
              "sslserver",
              "-verify_hostname",
              "localhost",
              "-CAfile",
              (folder() / "root.crt").string(),
              "-untrusted",
              (issued.folder / "chain.pem").string(),
              "-CRLfile",
              (folder() / "crl.pem").string(),
              (issued.folder / "cert.pem").string()}}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

}  // namespace
}  // namespace heliograph::pki
