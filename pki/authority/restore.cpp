// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/backup.hpp>
#include <pki/authority/backup_entry.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/seal/locked_stream.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t list_number_jump = std::uint64_t{1} << 32U;

// Writes entries below one folder that nobody else knows yet; each file is durable when it ends,
// and names are with sync().
class FolderWriter {
  public:
    explicit FolderWriter(fs::path folder) : m_folder(std::move(folder)), m_made{m_folder} {}

    Outcome begin(const BackupEntry& entry) {
        m_path = m_folder / entry.path;
        if (entry.kind == BackupEntryKind::folder) {
            m_made.push_back(m_path);
            const bool made = ::mkdir(m_path.c_str(), 0700) == 0 &&
                              ::chmod(m_path.c_str(), 0700U | (entry.permissions & 0755U)) == 0;
            return made ? Outcome() : system_error(errno, "create the folder " + m_path.string());
        }
        m_file = FileDescriptor(
            ::open(m_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)
        );
        if (!m_file.is_open() || ::fchmod(m_file.get(), 0600U | (entry.permissions & 0644U)) != 0) {
            return system_error(errno, "create " + m_path.string());
        }
        return {};
    }

    Outcome write(ByteSpan bytes) {
        while (!bytes.empty()) {
            const auto count = ::write(m_file.get(), bytes.data(), bytes.size());
            if (count < 0 && errno != EINTR) {
                return system_error(errno, "write " + m_path.string());
            }
            bytes = bytes.subspan(count < 0 ? 0 : static_cast<std::size_t>(count));
        }
        return {};
    }

    Outcome end() {
        if (m_file.is_open() && ::fsync(m_file.get()) != 0) {
            return system_error(errno, "make " + m_path.string() + " durable");
        }
        m_file.close();
        return {};
    }

    Outcome sync() const {
        for (const fs::path& folder : m_made) {
            HG_CHECK(sync_folder(folder));
        }
        return {};
    }

  private:
    fs::path m_folder;
    std::vector<fs::path> m_made;
    fs::path m_path;
    FileDescriptor m_file;
};

ByteSource source_of(const FileDescriptor& file, const fs::path& path) {
    return [&file, path](std::span<std::byte> room) -> Result<std::size_t> {
        for (;;) {
            const auto count = ::read(file.get(), room.data(), room.size());
            if (count >= 0) {
                return static_cast<std::size_t>(count);
            }
            if (errno != EINTR) {
                return system_error(errno, "read " + path.string());
            }
        }
    };
}

Error inconsistent(const std::string& seen) {
    return {
        ErrorCode::malformed,
        "expected the backup of a whole authority, saw " + seen + "; take another backup"};
}

// A key that is encrypted, in a device, or kept elsewhere is its keeper's to check.
Outcome check_key(const fs::path& path, const Certificate& certificate) {
    const auto in_device = is_device_key(path);
    if (!in_device) {
        return in_device.error().code() == ErrorCode::not_found
                   ? Outcome()
                   : Outcome(inconsistent(in_device.error().message()));
    }
    if (*in_device) {
        return {};
    }
    const auto key = load_private_key(path);
    if (!key) {
        return key.error().code() == ErrorCode::unsupported
                   ? Outcome()
                   : Outcome(inconsistent(key.error().message()));
    }
    if (!(key->public_key() == certificate.public_key())) {
        return inconsistent("a key that is not that of '" + certificate.subject() + "'");
    }
    return {};
}

struct Checked {
    Certificate root;
    std::uint64_t list_number;
};

// During a rollover each file holds old and new.
Outcome check_known(Ledger& ledger, const fs::path& file) {
    constexpr std::uint64_t limit = 1024U * 1024U;
    constexpr std::size_t most = 16;
    HG_TRY(const AuthorityIdentity identity, ledger.identity());
    HG_TRY(const Bytes text, read_file(file, limit));
    auto certificates = Certificate::parse_pem_list(text_of(text), most);
    if (!certificates) {
        return std::move(certificates).error().at(file.string());
    }
    for (const Certificate& certificate : *certificates) {
        HG_TRY(const auto row, ledger.find_serial(certificate.serial_hex()));
        if (!row || row->fingerprint_hex != certificate.fingerprint().to_hex()) {
            return inconsistent(
                "a ledger of " + identity.name + " that does not know '" + certificate.subject() +
                "'"
            );
        }
    }
    return {};
}

Result<Checked> check_restored(const AuthorityPaths& paths, Instant now) {
    if (!Authority::is_authority(paths.folder)) {
        return inconsistent("no root or no ledger in it");
    }
    HG_TRY(Ledger ledger, Ledger::open(paths.ledger(), OpenMode::existing));
    HG_CHECK(ledger.check_consistency());
    HG_CHECK(check_known(ledger, paths.root()));
    HG_CHECK(check_known(ledger, paths.intermediate()));
    HG_TRY(IssuerSet issuers, IssuerSet::load(ledger, now));
    for (const Issuer& issuer : issuers.all) {
        HG_CHECK(check_key(paths.keys() / issuer.key_file, issuer.certificate));
    }
    const auto milliseconds = static_cast<std::uint64_t>(
        std::max<std::int64_t>(now.time_since_epoch().count(), 0) * 1000
    );
    HG_TRY(const std::uint64_t number, ledger.skip_list_numbers(milliseconds, list_number_jump));
    return Checked{std::move(issuers.root), number};
}

}  // namespace

Result<RestoreReport> restore_authority(
    const fs::path& file, const fs::path& folder, const SecretBytes& passphrase, const Clock& clock
) {
    const FileDescriptor input(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!input.is_open()) {
        return system_error(errno, "open " + file.string());
    }
    HG_TRY(AtomicFolder place, AtomicFolder::create(folder, FileAccess::owner_only));
    FolderWriter writer(place.path());
    BackupParser parser(
        {[&writer](const BackupEntry& entry) { return writer.begin(entry); },
         [&writer](ByteSpan bytes) { return writer.write(bytes); },
         [&writer] { return writer.end(); }}
    );
    auto size = unlock_stream(
        {passphrase, backup_purpose},
        source_of(input, file),
        [&parser](ByteSpan bytes) { return parser.take(bytes); }
    );
    if (!size) {
        return std::move(size).error().at(file.string());
    }
    HG_CHECK(parser.finish());
    HG_TRY(Checked checked, check_restored({place.path()}, clock.now()));
    HG_CHECK(writer.sync());
    // What is in it is as readable as its files; the folder itself as `pki init` makes it.
    if (::chmod(place.path().c_str(), 0755) != 0) {
        return system_error(errno, "open the folder " + folder.string() + " to readers");
    }
    HG_CHECK(place.commit());
    return RestoreReport{
        parser.made(), std::move(checked.root), parser.entries(), checked.list_number};
}

}  // namespace heliograph::pki
