// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/authority_state.hpp>
#include <pki/authority/backup.hpp>
#include <pki/authority/backup_entry.hpp>
#include <pki/base/file.hpp>
#include <pki/seal/locked_stream.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view ledger_name = "ledger.db";

// A private folder that goes with its object, and with the next opening of the authority if this
// process is killed.
class Workplace {
  public:
    [[nodiscard]] static Result<Workplace> make(const fs::path& below) {
        Workplace place(below / (".backup." + std::to_string(::getpid()) + ".tmp"));
        if (::mkdir(place.path.c_str(), 0700) != 0) {
            return system_error(errno, "create the folder " + place.path.string());
        }
        return place;
    }
    Workplace(Workplace&& other) noexcept : path(std::exchange(other.path, fs::path())) {}
    Workplace& operator=(Workplace&&) = delete;
    Workplace(const Workplace&) = delete;
    Workplace& operator=(const Workplace&) = delete;
    ~Workplace() {
        if (!path.empty()) {
            std::error_code ignored;  // A left-over of a private copy of public certificates.
            fs::remove_all(path, ignored);
        }
    }

    fs::path path;

  private:
    explicit Workplace(fs::path made) : path(std::move(made)) {}
};

struct Item {
    BackupEntry entry;
    fs::path from;
};

bool belongs(const std::string& name) {
    // The ledger is copied by itself, the lock is nobody's, the rest are files being written.
    return name != "lock" && !name.starts_with(ledger_name) &&
           !(name.starts_with('.') && name.ends_with(".tmp"));
}

Result<Item> item_of(const fs::path& from, const std::string& path) {
    struct ::stat state {};
    if (::lstat(from.c_str(), &state) != 0) {
        return system_error(errno, "look at " + from.string());
    }
    const bool folder = S_ISDIR(state.st_mode);
    if ((!folder && !S_ISREG(state.st_mode)) || !is_backup_path(path)) {
        return Error(
            ErrorCode::unsupported,
            "expected files and folders with plain names in the authority, saw " + from.string() +
                "; move it away"
        );
    }
    return Item{
        {.kind = folder ? BackupEntryKind::folder : BackupEntryKind::file,
         .path = path,
         .permissions = state.st_mode & 0777U,
         .size_bytes = folder ? 0 : static_cast<std::uint64_t>(state.st_size)},
        from};
}

// Parents before what is in them.
Outcome collect(const fs::path& folder, const std::string& prefix, std::vector<Item>& items) {
    std::vector<fs::path> names;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    for (; !failure && entries != fs::directory_iterator(); entries.increment(failure)) {
        names.push_back(entries->path().filename());
    }
    if (failure) {
        return system_error(failure.value(), "list " + folder.string());
    }
    std::sort(names.begin(), names.end());
    for (const fs::path& name : names) {
        if (!belongs(name.string())) {
            continue;
        }
        HG_TRY(Item item, item_of(folder / name, prefix + name.string()));
        items.push_back(item);
        if (item.entry.kind == BackupEntryKind::folder) {
            HG_CHECK(collect(item.from, item.entry.path + "/", items));
        }
    }
    return {};
}

// What stands in the files of these is where the keys are. A file that is damaged is kept as it is.
std::uint64_t count_device_keys(std::span<const Item> items, const fs::path& keys) {
    const auto count = std::count_if(items.begin(), items.end(), [&keys](const Item& item) {
        const bool is_key = item.from.parent_path() == keys && item.from.extension() == ".key";
        return is_key && is_device_key(item.from).value_or(false);
    });
    return static_cast<std::uint64_t>(count);
}

// Gives out the rendered form of all items, piece by piece.
class BackupSource {
  public:
    BackupSource(std::span<const Item> items, Instant made)
        : m_items(items), m_pending(render_backup_head(made)) {}

    Result<std::size_t> read(std::span<std::byte> room) {
        for (;;) {
            if (m_given < m_pending.size()) {
                const std::size_t count = std::min(room.size(), m_pending.size() - m_given);
                std::copy_n(
                    m_pending.begin() + static_cast<std::ptrdiff_t>(m_given), count, room.begin()
                );
                m_given += count;
                return count;
            }
            if (m_left > 0) {
                return read_file_piece(room);
            }
            if (m_ended) {
                return std::size_t{0};
            }
            HG_CHECK(advance());
        }
    }

  private:
    Outcome advance() {
        m_given = 0;
        if (m_next == m_items.size()) {
            m_pending = render_backup_end(m_items.size());
            m_ended = true;
            return {};
        }
        const Item& item = m_items[m_next++];
        m_pending = render_backup_entry(item.entry);
        m_left = item.entry.size_bytes;
        m_file = FileDescriptor();
        if (m_left > 0) {
            m_file = FileDescriptor(::open(item.from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
            if (!m_file.is_open()) {
                return system_error(errno, "open " + item.from.string());
            }
        }
        return {};
    }

    Result<std::size_t> read_file_piece(std::span<std::byte> room) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(m_left, room.size()));
        for (;;) {
            const auto count = ::read(m_file.get(), room.data(), wanted);
            if (count > 0) {
                m_left -= static_cast<std::uint64_t>(count);
                return static_cast<std::size_t>(count);
            }
            const fs::path& from = m_items[m_next - 1].from;
            if (count == 0) {
                return Error(
                    ErrorCode::io,
                    "expected " + from.string() + " to stay as it is while it is read, it shrank"
                );
            }
            if (errno != EINTR) {
                return system_error(errno, "read " + from.string());
            }
        }
    }

    std::span<const Item> m_items;
    Bytes m_pending;
    std::size_t m_given = 0;
    std::size_t m_next = 0;
    std::uint64_t m_left = 0;
    FileDescriptor m_file;
    bool m_ended = false;
};

Outcome check_place(const fs::path& file, const fs::path& folder) {
    std::error_code failure;
    const fs::path inside = fs::weakly_canonical(folder, failure);
    const fs::path place = fs::weakly_canonical(file, failure);
    const auto [end, ignored] =
        std::mismatch(inside.begin(), inside.end(), place.begin(), place.end());
    if (end == inside.end()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a file outside of the authority's folder, saw " + file.string()
        );
    }
    if (fs::exists(fs::symlink_status(file, failure))) {
        return Error(
            ErrorCode::exists,
            "expected no " + file.string() +
                " yet, saw one, which stays as it is; name another file, or remove it first"
        );
    }
    return {};
}

}  // namespace

Result<BackupReport> back_up(
    const Authority& authority,
    const fs::path& file,
    const SecretBytes& passphrase,
    const ScryptCost& cost
) {
    HG_CHECK(check_place(file, authority.folder()));
    const AuthorityPaths paths{authority.folder()};
    HG_TRY(const Workplace place, Workplace::make(paths.issued()));
    const fs::path copy = place.path / ledger_name;
    HG_CHECK(authority.copy_ledger(copy));
    HG_TRY(Item ledger, item_of(copy, std::string(ledger_name)));
    ledger.entry.permissions = 0600U;
    std::vector<Item> items{std::move(ledger)};
    HG_CHECK(collect(authority.folder(), "", items));
    const std::uint64_t device_keys = count_device_keys(items, paths.keys());
    HG_TRY(AtomicFile output, AtomicFile::create(file, FileAccess::owner_only));
    BackupSource source(items, authority.now());
    HG_TRY(
        const std::uint64_t size,
        lock_stream(
            {passphrase, backup_purpose, cost},
            [&source](std::span<std::byte> room) { return source.read(room); },
            [&output](ByteSpan bytes) { return output.write(bytes); }
        )
    );
    HG_CHECK(output.commit(Replacement::refused));
    return BackupReport{items.size(), size, device_keys};
}

}  // namespace heliograph::pki
