// SPDX-License-Identifier: Apache-2.0
// Where the files of certificates are: one spelling of a place, and one certificate in it.
#include <pki/authority/authority_reader.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/authority/ledger_schema.hpp>
#include <pki/base/database/database.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <gtest/gtest.h>

#include <array>

namespace heliograph::pki {
namespace {

class Place : public AuthorityFixture {
  protected:
    static std::string serial_at(const fs::path& place) {
        return sure(Credential::load_bundle(place / "bundle.pem")).leaf.serial_hex();
    }
    static IssueRequest server_in(const fs::path& place, const std::string& name = "localhost") {
        IssueRequest request = server(name);
        request.folder = place;
        return request;
    }
    /// How many deliveries wait after the next opening.
    std::size_t reopened_after(Authority closed) {
        { const Authority gone = std::move(closed); }
        static_cast<void>(reopened());
        return sure(sure(AuthorityReader::open(folder(), m_clock)).waiting()).size();
    }
    /// That files, answer and ledger speak of one folder, and that renewals find it.
    void expect_one_place(Authority& authority, const std::string& name, const fs::path& place) {
        const LedgerEntry entry = sure(authority.newest(name));
        EXPECT_EQ(entry.folder, place.string());
        EXPECT_EQ(serial_at(place), entry.serial_hex);
        const auto renewed = sure(authority.renew({.name = name, .key = KeyChange::new_key}));
        EXPECT_EQ(renewed.folder, place);
        EXPECT_EQ(serial_at(place), renewed.certificate.serial_hex());
    }
};

TEST_F(Place, OfAValidCertificateIsNotTakenByANewOneThatAsksForIt) {
    Authority authority = create();
    const fs::path place = sure(authority.issue(server())).folder;
    const std::string serial = serial_at(place);
    fs::create_directory_symlink(folder() / "issued", m_temp / "link");
    for (const fs::path& asked : {place, m_temp / "link/localhost"}) {
        const IssueRequest other = server_in(asked, "other");
        expect_error(authority.issue(other), ErrorCode::exists, "the server certificate localhost");
        expect_error(authority.issue_many(std::vector{other}), ErrorCode::exists, "localhost");
    }
    EXPECT_EQ(serial_at(place), serial);
    EXPECT_EQ(sure(authority.list()).size(), 3U) << "nothing was issued";
    m_clock.advance(days(91));
    EXPECT_TRUE(succeeded(authority.issue(server_in(place, "other")))) << "what is over makes room";
}

TEST_F(Place, IsNeitherAmongTheAuthoritysOwnFilesNorInTheFolderOfAnother) {
    Authority authority = create();
    IssueRequest outside = server_in(m_temp / "outside", "first");
    ASSERT_TRUE(succeeded(authority.issue(outside)));
    ASSERT_TRUE(succeeded(authority.issue(server())));
    for (const char* const own :
         {"pki",
          "pki/issued",
          "pki/issued/.hidden",
          "pki/issued/localhost/below",
          "pki/private/x",
          "pki/retired",
          "pki/public/x",
          "pki/new"}) {
        expect_error(
            authority.issue(server_in(m_temp / own, "second")),
            ErrorCode::invalid_argument,
            "among its own files"
        );
    }
    expect_error(
        authority.issue(server_in(m_temp / "outside/below", "second")),
        ErrorCode::invalid_argument,
        "that of the server certificate first"
    );
    fs::create_directories(m_temp / "outside/below/deep");
    expect_error(
        authority.issue(server_in(m_temp / "outside/below/deep/deeper", "second")),
        ErrorCode::invalid_argument,
        "that of the server certificate first"
    );
    EXPECT_TRUE(succeeded(authority.issue(server_in(folder() / "issued/other", "second"))));
}

// A release before let certificates be issued into folders below, and users lay there what they
// like.
TEST_F(Place, KeepsWhatOthersHaveInItWhenItsFilesAreRenewed) {
    Authority authority = create();
    const fs::path place = m_temp / "outside";
    const auto first = sure(authority.issue(server_in(place, "first")));
    const fs::path key = place / "below/deep/key.pem";
    fs::create_directories(key.parent_path());
    ASSERT_TRUE(succeeded(write_file_atomically(key, bytes_of("a key"))));
    const auto second = sure(authority.renew({.name = "first"}));
    EXPECT_FALSE(second.unfinished);
    EXPECT_TRUE(fs::exists(key));
    EXPECT_TRUE(fs::exists(folder() / "retired" / first.certificate.serial_hex() / "key.pem"));
    // Nor does a renewal lose it that cannot move the old files among the retired ones.
    const fs::path retired = folder() / "retired" / second.certificate.serial_hex();
    fs::create_directories(retired / "in the way");
    EXPECT_FALSE(sure(authority.renew({.name = "first"})).unfinished);
    EXPECT_TRUE(fs::exists(key));
    EXPECT_FALSE(fs::exists(m_temp / ".outside.renewed.tmp"));
}

// A process that was killed behind the exchange, and a start script that laid the same file anew.
TEST_F(Place, KeepsNobodyFromWorkWhenSomethingStandsInIt) {
    const auto text_at = [](const fs::path& path) {
        return std::string(text_of(sure(read_file(path, 100))));
    };
    const auto write = [](const fs::path& path, const std::string& text) {
        return write_file_atomically(path, bytes_of(text));
    };
    const fs::path issued = folder() / "issued";
    const fs::path staged = issued / ".localhost.renewed.tmp";
    {
        Authority authority = create();
        const auto first = sure(authority.issue(server()));
        ASSERT_TRUE(succeeded(authority.renew({.name = "localhost"})));
        fs::rename(folder() / "retired" / first.certificate.serial_hex(), staged);
    }
    ASSERT_TRUE(succeeded(write(staged / "combined.pem", "old")));
    ASSERT_TRUE(succeeded(write(staged / "notes", "kept")));
    ASSERT_TRUE(succeeded(write(issued / "localhost/combined.pem", "new")));
    static_cast<void>(reopened());
    EXPECT_EQ(text_at(issued / "localhost/combined.pem"), "new");
    EXPECT_EQ(text_at(issued / "localhost/notes"), "kept");
    EXPECT_FALSE(fs::exists(staged));
}

TEST_F(Place, HasOneSpellingHoweverItIsWritten) {
    Authority authority = create();
    const fs::path base = fs::canonical(m_temp.path());
    fs::create_directories(base / "disk/deep");
    fs::create_directories(base / "empty");
    fs::create_directory_symlink("disk/deep", base / "link");
    fs::create_directory_symlink("empty", base / "link-to-empty");
    const std::vector<std::pair<std::string, std::string>> spellings{
        {"slash/", "slash"},
        {"./dotted/./x", "dotted/x"},
        {"dot/.", "dot"},
        {"link/../up", "disk/up"},
        {"link/in", "disk/deep/in"},
        {"link-to-empty", "empty"}};
    std::size_t number = 0;
    for (const auto& [written, meant] : spellings) {
        SCOPED_TRACE(written);
        const std::string name = "name" + std::to_string(number++);
        const fs::path asked = (base.string() + "/") + written;
        EXPECT_EQ(sure(authority.issue(server_in(asked, name))).folder, base / meant);
        expect_one_place(authority, name, base / meant);
    }
    const std::vector many{server_in((base / "link/../many/").string(), "many")};
    ASSERT_TRUE(succeeded(authority.issue_many(many)));
    expect_one_place(authority, "many", base / "disk/many");
}

TEST_F(Place, IsNotTheFolderThatOneWorksIn) {
    Authority authority = create();
    const fs::path before = fs::current_path();
    fs::create_directory(m_temp / "work");
    fs::current_path(m_temp / "work");
    const auto refused = authority.issue(server_in("."));
    fs::current_path(before);
    expect_error(refused, ErrorCode::invalid_argument, "name one below it");
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

TEST_F(Place, ThatCannotBeMadeLeavesNothingInTheLedger) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(write_file_atomically(m_temp / "file", {})));
    EXPECT_FALSE(authority.issue(server_in(m_temp / "file/below/x")).has_value());
    EXPECT_EQ(sure(authority.list()).size(), 2U);
    EXPECT_TRUE(
        sure(sure(Ledger::open(folder() / "ledger.db", OpenMode::existing)).deliveries()).empty()
    );
}

TEST_F(Place, ThatIsMountedIsRefused) {
    Authority authority = create();
    expect_error(authority.issue(server_in("/proc")), ErrorCode::invalid_argument, "mounted /proc");
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

// The names of the files are taken between the check and the placing, as an archive's writer can.
TEST_F(Place, ThatWasTakenMeanwhileIsToldWithWhatIsIssued) {
    Authority authority = create();
    const fs::path place = m_temp / "all.tar";
    ArchiveWriter writer = empty_archive(place);
    writer.add = [&place](const IssueRequest&, const MadeLeaf&) {
        return write_file_atomically(place, {});
    };
    const std::vector<IssueRequest> all{server()};
    const auto told = authority.issue_into_archive(all, writer);
    expect_error(told, ErrorCode::exists, "the certificate localhost is issued");
    const auto waiting = sure(sure(AuthorityReader::open(folder(), m_clock)).waiting());
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_NE(told.error().message().find(waiting.front().string()), std::string::npos);
    fs::remove(place);
    EXPECT_EQ(reopened_after(std::move(authority)), 0U);
}

TEST_F(Place, InDirIssuedIsNoLinkToElsewhere) {
    Authority authority = create();
    fs::create_directory(m_temp / "empty");
    fs::create_directory_symlink(m_temp / "empty", folder() / "issued/localhost");
    expect_error(authority.issue(server()), ErrorCode::exists, "issued/localhost");
    EXPECT_EQ(sure(authority.list()).size(), 2U);
}

// As releases before kept it: the user's own words.
TEST_F(Place, OfAnEarlierReleaseIsFoundByItsWords) {
    const fs::path place = m_temp / "elsewhere";
    {
        Authority authority = create();
        ASSERT_TRUE(succeeded(authority.issue(server_in(place))));
    }
    {
        Database database =
            sure(Database::open(folder() / "ledger.db", OpenMode::existing, ledger_migrations()));
        const std::string words = (m_temp / "gone/../elsewhere/").string();
        ASSERT_TRUE(succeeded(database.execute(
            "UPDATE certificate SET folder = '" + words + "' WHERE folder IS NOT NULL"
        )));
    }
    Authority authority = reopened();
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    EXPECT_EQ(serial_at(place), renewed.certificate.serial_hex());
    EXPECT_EQ(sure(authority.newest("localhost")).folder, place.string());
}

// As releases before kept an archive: the folder that it would have been.
TEST_F(Place, BelowAFileIsAnArchiveWhateverItsName) {
    const fs::path archive = m_temp / "all.backup";
    {
        Authority authority = create();
        const std::vector archived{server("name")};
        ASSERT_TRUE(succeeded(authority.issue_into_archive(archived, empty_archive(archive))));
    }
    {
        Database database =
            sure(Database::open(folder() / "ledger.db", OpenMode::existing, ledger_migrations()));
        ASSERT_TRUE(succeeded(database.execute(
            "UPDATE certificate SET folder = archive || '/' || name, archive = NULL "
            "WHERE archive IS NOT NULL"
        )));
    }
    Authority authority = reopened();
    const LedgerEntry entry = sure(authority.newest("name"));
    EXPECT_EQ(entry.archive, archive.string());
    EXPECT_EQ(entry.folder, std::nullopt);
    expect_error(authority.key_of(entry), ErrorCode::not_found, "in the archive");
    expect_error(authority.renew({.name = "name"}), ErrorCode::not_found, "pki rekey name");
    const auto rekeyed = sure(authority.renew({.name = "name", .key = KeyChange::new_key}));
    EXPECT_EQ(rekeyed.folder, folder() / "issued/name");
}

TEST_F(Place, OfAnEncryptedKeyIsRememberedWhereNobodyCanLook) {
    Authority authority = create();
    const KeyLock lock{
        []() -> Result<SecretBytes> { return SecretBytes(bytes_of("secret")); },
        KeyStretching::pbkdf2};
    IssueRequest locked = server("name");
    locked.key_lock = lock;
    const std::vector archived{locked, server("open")};
    ASSERT_TRUE(succeeded(authority.issue_into_archive(archived, empty_archive(m_temp / "a.tar"))));
    const RenewRequest in_the_clear{.name = "name", .key = KeyChange::new_key};
    const auto expect_refused = [&] {
        expect_error(
            authority.renew(in_the_clear), ErrorCode::invalid_argument, "--key-passphrase-file"
        );
    };
    expect_refused();
    ASSERT_TRUE(succeeded(authority.renew({.name = "open", .key = KeyChange::new_key})));
    const auto rekeyed =
        sure(authority.renew({.name = "name", .key = KeyChange::new_key, .key_lock = lock}));
    EXPECT_EQ(rekeyed.key, IssuedKey::encrypted);
    for (const char* const part : {"key.pem", "bundle.pem"}) {
        fs::remove(rekeyed.folder / part);
    }
    expect_refused();
}

TEST_F(Place, OfAKeyThatAnEarlierReleaseMadeIsLookedAtOrNamed) {
    {
        Authority authority = create();
        const std::vector archived{server("packed")};
        ASSERT_TRUE(
            succeeded(authority.issue_into_archive(archived, empty_archive(m_temp / "a.tar")))
        );
        ASSERT_TRUE(succeeded(authority.issue({.kind = LeafKind::client, .name = "laptop"})));
    }
    {
        const std::array<Migration, 8> as_it_is{};  // Of today's version: nothing is migrated.
        auto database = sure(Database::open(folder() / "ledger.db", OpenMode::existing, as_it_is));
        ASSERT_TRUE(succeeded(
            database.execute("DROP TABLE follow_up; ALTER TABLE certificate DROP COLUMN key_form; "
                             "PRAGMA user_version = 6")
        ));
    }
    Authority authority = reopened();
    EXPECT_EQ(sure(authority.newest("laptop")).key_form, std::nullopt);
    ASSERT_TRUE(succeeded(authority.renew({.name = "laptop", .key = KeyChange::new_key})));
    EXPECT_EQ(sure(authority.newest("laptop")).key_form, IssuedKey::plain);
    expect_error(
        authority.renew({.name = "packed", .key = KeyChange::new_key}),
        ErrorCode::invalid_argument,
        "an earlier release did not note"
    );
}

// A release before made the new files of `elsewhere/` in the folder itself, and left them there.
TEST_F(Place, OfARenewalThatAnEarlierReleaseMisplacedIsMended) {
    const fs::path place = m_temp / "elsewhere";
    Authority authority = create();
    const auto old = sure(authority.issue(server_in(place)));
    const auto made = sure(authority.renew({.name = "localhost", .key = KeyChange::new_key}));
    fs::rename(place, m_temp / "new");
    fs::rename(folder() / "retired" / old.certificate.serial_hex(), place);
    fs::rename(m_temp / "new", place / "..renewed.tmp");
    const auto renewed = sure(authority.renew({.name = "localhost"}));
    EXPECT_EQ(renewed.certificate.public_key(), made.certificate.public_key());
    EXPECT_EQ(serial_at(place), renewed.certificate.serial_hex());
    EXPECT_FALSE(fs::exists(place / "..renewed.tmp"));
    EXPECT_EQ(
        serial_at(folder() / "retired" / old.certificate.serial_hex()), old.certificate.serial_hex()
    );

    fs::create_directory(place / "..renewed.tmp");
    ASSERT_TRUE(succeeded(authority.renew({.name = "localhost"})));
    EXPECT_FALSE(fs::exists(place / "..renewed.tmp")) << "never entered";
}

TEST_F(Place, OfAValidCertificateIsNotTakenByARenewalOfAnother) {
    Authority authority = create();
    ASSERT_TRUE(succeeded(authority.issue(server("name"))));
    m_clock.advance(days(91));
    const IssueRequest client{.kind = LeafKind::client, .name = "name"};
    const auto valid = sure(authority.issue(client));
    for (const KeyChange change : {KeyChange::same_key, KeyChange::new_key}) {
        expect_error(
            authority.renew({.name = "name", .key = change, .kind = LeafKind::server}),
            ErrorCode::exists,
            "the valid client certificate name"
        );
    }
    EXPECT_EQ(serial_at(valid.folder), valid.certificate.serial_hex());
    m_clock.advance(days(61));
    EXPECT_EQ(sure(authority.due({1, 3})).size(), 1U);
    ASSERT_TRUE(succeeded(authority.renew({.name = "name", .kind = LeafKind::client})));
}

TEST_F(Place, InAnArchiveTakesNoFolderAndNeedsNone) {
    Authority authority = create();
    const std::vector archived{server("name")};
    ASSERT_TRUE(succeeded(authority.issue_into_archive(archived, empty_archive(m_temp / "1.tar"))));
    const IssueRequest client{.kind = LeafKind::client, .name = "name"};
    ASSERT_TRUE(succeeded(authority.issue(client)));
    m_clock.advance(days(61));
    EXPECT_EQ(sure(authority.due({1, 3})).size(), 2U);
    const std::vector more{
        IssueRequest{.kind = LeafKind::peer, .name = "name", .dns = {"localhost"}}};
    expect_error(authority.issue(more), ErrorCode::exists, "pki renew name --kind client");
    ASSERT_TRUE(succeeded(authority.issue_into_archive(more, empty_archive(m_temp / "2.tar"))));
    expect_error(
        authority.issue_into_archive(archived, empty_archive(m_temp / "3.tar")),
        ErrorCode::exists,
        "pki rekey name --kind server"
    );
}

}  // namespace
}  // namespace heliograph::pki
