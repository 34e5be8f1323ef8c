// SPDX-License-Identifier: Apache-2.0
// Backups of authorities: whole, consistent and under a passphrase, or refused.
#include <pki/authority/backup.hpp>
#include <pki/authority/backup_entry.hpp>
#include <pki/seal/locked_stream.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <sys/stat.h>

#include <map>

namespace heliograph::pki {
namespace {

constexpr ScryptCost least{scrypt_log2_n_least};

SecretBytes secret(std::string_view text) {
    return SecretBytes(bytes_of(text));
}

class Backup : public AuthorityFixture {
  protected:
    Backup() {
        m_authority.emplace(create());
        sure_issue("laptop");
    }
    void sure_issue(const std::string& name) {
        EXPECT_TRUE(succeeded(m_authority->issue({.kind = LeafKind::client, .name = name})));
    }
    [[nodiscard]] Result<BackupReport> back_up_now() {
        return back_up(*m_authority, file(), secret("horse"), least);
    }
    [[nodiscard]] Result<RestoreReport> restore(const std::string& passphrase = "horse") {
        return restore_authority(file(), m_temp / "new", secret(passphrase), m_clock);
    }
    [[nodiscard]] fs::path file() const { return m_temp / "backup"; }

    /// Path -> permissions and bytes, but for what a backup leaves behind.
    static std::map<std::string, std::pair<unsigned, Bytes>> image(const fs::path& folder) {
        std::map<std::string, std::pair<unsigned, Bytes>> files;
        for (const auto& entry : fs::recursive_directory_iterator(folder)) {
            const std::string path = fs::relative(entry.path(), folder).string();
            if (path == "lock" || path.starts_with("ledger.db")) {
                continue;
            }
            struct ::stat state {};
            EXPECT_EQ(::stat(entry.path().c_str(), &state), 0);
            files[path] = {
                state.st_mode & 0777U,
                entry.is_regular_file() ? sure(read_file(entry.path(), 1 << 20)) : Bytes()};
        }
        return files;
    }
    [[nodiscard]] std::uint64_t next_list_number(Authority& authority) const {
        const auto lists = sure(authority.publish_revocation_lists());
        const Bytes text = sure(read_file(lists.file, 1 << 20));
        const auto parsed = sure(RevocationList::parse_pem_list(text_of(text), 2));
        return std::stoull(parsed.front().number_hex().value(), nullptr, 16);
    }

    std::optional<Authority> m_authority;
};

TEST_F(Backup, IsRestoredWithEveryFileAndRow) {
    ASSERT_TRUE(succeeded(m_authority->revoke({"laptop", RevocationReason::superseded})));
    ASSERT_TRUE(succeeded(back_up_now()));
    const auto report = sure(restore());
    EXPECT_EQ(report.root, m_authority->root());
    EXPECT_EQ(report.made, m_clock.now());
    EXPECT_EQ(image(m_temp / "new"), image(m_temp / "pki"));
    const auto restored = sure(Authority::open(m_temp / "new", m_clock));
    const auto rows = sure(restored.list());
    ASSERT_EQ(rows.size(), sure(m_authority->list()).size());
    EXPECT_EQ(rows.back().state(m_clock.now()), EntryState::revoked);
}

TEST_F(Backup, IsForItsOwnerOnlyAndHoldsNothingInTheClear) {
    ASSERT_TRUE(succeeded(back_up_now()));
    struct ::stat state {};
    ASSERT_EQ(::stat(file().c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0600U);
    const Bytes bytes = sure(read_file(file(), 1 << 24));
    EXPECT_EQ(text_of(bytes).find("PRIVATE KEY"), std::string_view::npos);
    EXPECT_EQ(text_of(bytes).find("laptop"), std::string_view::npos);
}

TEST_F(Backup, GoesOnWithListNumbersAboveAllThatWereGivenOutSince) {
    ASSERT_TRUE(succeeded(back_up_now()));
    std::uint64_t highest = 0;
    for (int i = 0; i < 5; ++i) {
        highest = next_list_number(*m_authority);
    }
    ASSERT_TRUE(succeeded(restore()));
    auto first = sure(Authority::open(m_temp / "new", m_clock));
    highest = std::max(highest, next_list_number(first));
    EXPECT_GT(next_list_number(first), highest);
    highest = next_list_number(first);
    // The same backup once more, a second later: above those of the first restored one, too.
    m_clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(succeeded(restore_authority(file(), m_temp / "newer", secret("horse"), m_clock)));
    auto second = sure(Authority::open(m_temp / "newer", m_clock));
    EXPECT_GT(next_list_number(second), highest);
    // Also when the clock stands still at its beginning.
    const auto early =
        restore_authority(file(), m_temp / "early", secret("horse"), FakeClock(Instant()));
    ASSERT_TRUE(succeeded(early));
    EXPECT_GT(early->list_number, std::uint64_t{1} << 32U);
}

TEST_F(Backup, RefusesAPlaceThatIsTaken) {
    ASSERT_TRUE(succeeded(back_up_now()));
    expect_error(back_up_now(), ErrorCode::exists);
    expect_error(
        back_up(*m_authority, m_temp / "pki/backup", secret("horse"), least),
        ErrorCode::invalid_argument,
        "outside"
    );
    expect_error(
        restore_authority(file(), m_temp / "pki", secret("horse"), m_clock), ErrorCode::exists
    );
}

TEST_F(Backup, OfAWrongPassphraseAnAlteredByteOrACutLeavesNothing) {
    ASSERT_TRUE(succeeded(back_up_now()));
    expect_error(restore("house"), ErrorCode::denied);
    const Bytes good = sure(read_file(file(), 1 << 24));
    for (const std::size_t place :
         {std::size_t{0}, std::size_t{22}, std::size_t{60}, std::size_t{200}, good.size() - 1}) {
        Bytes altered = good;
        altered[place] ^= std::byte{1};
        ASSERT_TRUE(succeeded(write_file_atomically(file(), altered)));
        EXPECT_FALSE(restore().has_value()) << place;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{36}, good.size() - 1}) {
        ASSERT_TRUE(succeeded(write_file_atomically(file(), ByteSpan(good).first(size))));
        expect_error(restore(), ErrorCode::malformed);
    }
    EXPECT_FALSE(fs::exists(m_temp / "new"));
}

TEST_F(Backup, RefusesAnAuthorityThatIsNotConsistent) {
    const auto swapped = sure(PrivateKey::generate());
    const SecretBytes pem = swapped.to_pem();
    ASSERT_TRUE(succeeded(write_file_atomically(
        m_temp / "pki/private/intermediate.key", pem.expose(), FileAccess::owner_only
    )));
    ASSERT_TRUE(succeeded(back_up_now()));
    expect_error(restore(), ErrorCode::malformed, "a key that is not that of");
    EXPECT_FALSE(fs::exists(m_temp / "new"));
}

TEST_F(Backup, RefusesAKeyThatIsNeitherHereNorInADevice) {
    ASSERT_TRUE(succeeded(write_file_atomically(
        m_temp / "pki/private/root.key",
        bytes_of(R"({"kind": "heliograph-device-key-1"})"),
        FileAccess::owner_only
    )));
    ASSERT_TRUE(succeeded(back_up_now()));
    expect_error(restore(), ErrorCode::malformed, "take another backup");
    EXPECT_FALSE(fs::exists(m_temp / "new"));
}

TEST_F(Backup, RefusesLinksInTheFolder) {
    fs::create_symlink("/etc/passwd", m_temp / "pki/link");
    expect_error(back_up_now(), ErrorCode::unsupported, "link");
    EXPECT_FALSE(fs::exists(file()));
}

class BackupFormat : public testing::Test {
  protected:
    static Bytes joined(std::initializer_list<Bytes> parts) {
        Bytes all;
        for (const Bytes& part : parts) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }
    static Bytes folder(const std::string& path) {
        return render_backup_entry({BackupEntryKind::folder, path, 0700, 0});
    }
    static Bytes file(const std::string& path, std::string_view text) {
        return joined(
            {render_backup_entry({BackupEntryKind::file, path, 0600, text.size()}), to_bytes(text)}
        );
    }
    static Outcome parse(ByteSpan bytes, std::size_t piece) {
        BackupParser parser(
            {[](const BackupEntry&) { return Outcome(); },
             [](ByteSpan) { return Outcome(); },
             [] { return Outcome(); }}
        );
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
            HG_CHECK(parser.take(bytes.first(std::min(piece, bytes.size()))));
        }
        return parser.finish();
    }

    const Bytes m_head = render_backup_head(Instant());
};

TEST_F(BackupFormat, IsReadInPiecesOfAnySize) {
    const Bytes good =
        joined({m_head, folder("a"), file("a/b", "text"), file("c", ""), render_backup_end(3)});
    for (std::size_t piece = 1; piece <= good.size(); ++piece) {
        EXPECT_TRUE(succeeded(parse(good, piece))) << piece;
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
        expect_error(parse(ByteSpan(good).first(size), 7), ErrorCode::malformed);
    }
}

TEST_F(BackupFormat, RefusesWhatLeavesTheFolderOrStandsThereTwice) {
    for (const std::string path : {"..", "a/../b", "/a", "a//b", "a/", "./a", "a\nb", ""}) {
        EXPECT_FALSE(is_backup_path(path)) << path;
    }
    for (const Bytes& body :
         {joined({file("a", "x"), file("a", "y"), render_backup_end(2)}),
          joined({folder("a"), file("a", "y"), render_backup_end(2)}),
          joined({file("a", "x"), file("a/b", "y"), render_backup_end(2)}),
          joined({file("a/b", "y"), render_backup_end(1)}),
          joined({file("a", "x"), render_backup_end(2)}),
          joined({file("a", "x"), render_backup_end(1), file("b", "x")})}) {
        expect_error(parse(joined({m_head, body}), 64), ErrorCode::malformed);
    }
    // What the renderer does not write.
    Bytes climbing = joined({m_head, file("ab", "x"), render_backup_end(1)});
    climbing[m_head.size() + 5] = std::byte{'.'};
    climbing[m_head.size() + 6] = std::byte{'.'};
    expect_error(parse(climbing, 64), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::pki
