// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/delivery.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/random.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

fs::path hidden_in_issued(const AuthorityPaths& paths) {
    return delivery_path(paths.issued()) / ".issuing.tmp";
}

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::exists(fs::symlink_status(path, ignored));
}

Error taken(const fs::path& target, const std::string& what) {
    return {
        ErrorCode::exists,
        "expected " + target.string() + " to be " + what +
            ", something stands there; name another, or remove it first"};
}

// What is mounted has its own root, and no rename replaces it.
bool is_mount_point(const fs::path& path) {
    struct statx seen {};
    return ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &seen) == 0 &&
           (seen.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

Outcome check_target(Ledger& ledger, const AuthorityPaths& paths, const fs::path& target) {
    std::error_code failure;
    if (!is_there(target)) {
        return {};
    }
    if (target == delivery_path(".")) {
        // Files take the place of a folder, and whoever works in it would be left nowhere.
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder to be made for the files, saw the one that you work in, " +
                target.string() + "; name one below it"
        );
    }
    if (is_mount_point(target)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder whose place the files can take, saw the mounted " + target.string() +
                "; name a folder in it"
        );
    }
    const bool folder = fs::is_directory(fs::symlink_status(target, failure));
    if (folder && fs::is_empty(target, failure)) {
        return {};
    }
    // Those that the ledger knows were judged before, and make room.
    const bool ours = target.parent_path() == delivery_path(paths.issued());
    if (ours) {
        HG_TRY(const auto entry, entry_of_files(ledger, target));
        if (entry) {
            return {};
        }
    }
    return taken(target, "new or empty");
}

// Whatever stands there stays; the files are not lost for that.
Outcome keep_aside(const AuthorityPaths& paths, const fs::path& files, const LedgerEntry& entry) {
    HG_CHECK(make_folder(paths.retired(), FileAccess::owner_only));
    const fs::path aside = paths.retired() / entry.serial_hex;
    std::error_code failure;
    fs::rename(files, aside, failure);
    return Error(
        ErrorCode::exists,
        "expected the place of the certificate " + entry.name +
            " to be free, something stands there; its files are in " +
            (failure ? files : aside).string()
    );
}

Outcome make_room(Ledger& ledger, const AuthorityPaths& paths, const fs::path& target) {
    HG_TRY(const auto there, entry_of_files(ledger, target));
    if (!there) {
        return taken(target, "free");
    }
    HG_CHECK(make_folder(paths.retired(), FileAccess::owner_only));
    std::error_code failure;
    fs::rename(target, paths.retired() / there->serial_hex, failure);
    if (failure) {
        return system_error(failure.value(), "move " + target.string() + " aside");
    }
    return sync_folder(paths.retired());
}

Outcome place_folder(
    Ledger& ledger, const AuthorityPaths& paths, const fs::path& files, const LedgerEntry& entry
) {
    const fs::path folder = files.parent_path().parent_path();
    const fs::path target = folder / files.filename();
    // Replaces an empty folder and refuses any other.
    if (::rename(files.c_str(), target.c_str()) == 0) {
        return {};
    }
    if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR) {
        return system_error(errno, "put " + target.string() + " in place");
    }
    if (folder != delivery_path(paths.issued()) || !make_room(ledger, paths, target)) {
        return keep_aside(paths, files, entry);
    }
    if (::rename(files.c_str(), target.c_str()) != 0) {
        return system_error(errno, "put " + target.string() + " in place");
    }
    return {};
}

Outcome finish_folders(Ledger& ledger, const AuthorityPaths& paths, const fs::path& hidden) {
    Outcome result;
    for (const fs::path& files : paths_in(hidden)) {
        HG_TRY(const auto entry, entry_of_files(ledger, files));
        std::error_code ignored;
        if (!entry) {
            fs::remove_all(files, ignored);
        } else if (auto placed = place_folder(ledger, paths, files, *entry); !placed) {
            result = std::move(placed);
        }
    }
    std::error_code ignored;  // One that is not empty waits.
    fs::remove(hidden, ignored);
    HG_CHECK(sync_folder(hidden.parent_path()));
    return result;
}

Outcome finish_archive(const DeliveryRow& row) {
    if (row.state == DeliveryState::building) {
        return remove_file(row.hidden);
    }
    const auto& [hidden, target, kind, state] = row;
    if (::renameat2(AT_FDCWD, hidden.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
        return sync_folder(target.parent_path());
    }
    const int reason = errno;
    if (reason != EEXIST) {
        return system_error(reason, "put " + target.string() + " in place");
    }
    return Error(ErrorCode::exists, "expected no file " + target.string() + ", saw one");
}

// Of a folder where nobody sweeps: what a killed process was making there, key and all.
void remove_unfinished_beside(const fs::path& hidden) {
    const std::string start = "." + hidden.filename().string() + ".";
    for (const fs::path& path : paths_in(hidden.parent_path())) {
        const std::string name = path.filename().string();
        if (name.starts_with(start) && name.ends_with(".tmp")) {
            std::error_code ignored;
            fs::remove_all(path, ignored);
        }
    }
}

// What was entered and is on a disk that is not there must be found when it is.
bool may_be_forgotten(const DeliveryRow& row) {
    return row.state == DeliveryState::building || is_there(row.target);
}

Outcome finish_elsewhere(Ledger& ledger, const AuthorityPaths& paths, const DeliveryRow& row) {
    remove_unfinished_beside(row.hidden);
    std::error_code failure;
    const auto type = fs::symlink_status(row.hidden, failure).type();
    if (type == fs::file_type::not_found) {
        const bool reached = fs::is_directory(row.hidden.parent_path(), failure);
        return reached && may_be_forgotten(row) ? ledger.remove_delivery(row.hidden.string())
                                                : Outcome();
    }
    if (failure) {
        return system_error(failure.value(), "look at " + row.hidden.string());
    }
    HG_CHECK(
        row.kind == DeliveryKind::archive ? finish_archive(row)
                                          : finish_folders(ledger, paths, row.hidden)
    );
    return ledger.remove_delivery(row.hidden.string());
}

// Whoever opens the authority tries again.
Error waits(const DeliveryRow& row, const Error& reason) {
    return {
        reason.code(),
        reason.describe() + "; what was made waits in " + row.hidden.string() +
            ", and the next command that issues puts it in place once that is possible"};
}

Result<fs::path> hidden_beside(const fs::path& target) {
    HG_TRY(const std::string random, random_hex(8));
    return target.parent_path() / (".issuing-" + random + ".tmp");
}

}  // namespace

Outcome check_targets(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const fs::path> targets
) {
    for (const fs::path& target : targets) {
        HG_CHECK(check_target(ledger, paths, target));
    }
    return {};
}

Result<Delivery> Delivery::to_folders(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const fs::path> targets
) {
    HG_CHECK(check_targets(ledger, paths, targets));
    Delivery delivery(ledger, paths);
    const fs::path issued = delivery_path(paths.issued());
    std::map<fs::path, fs::path> folders;  // With one of the targets.
    for (const fs::path& target : targets) {
        folders[target.parent_path()] = target;
    }
    for (const auto& [folder, target] : folders) {
        // Before the ledger has a row of what is to be made in it.
        HG_CHECK(make_folder(folder));
        fs::path hidden = hidden_in_issued(paths);
        if (folder != issued) {
            HG_TRY(hidden, hidden_beside(target));
        }
        delivery.m_rows.push_back(
            {std::move(hidden), target, DeliveryKind::folders, DeliveryState::building}
        );
    }
    HG_CHECK(delivery.begin());
    for (const DeliveryRow& row : delivery.m_rows) {
        HG_TRY(AtomicFolder building, AtomicFolder::create(row.hidden, FileAccess::owner_only));
        delivery.m_building.emplace(row.hidden.parent_path(), std::move(building));
    }
    return delivery;
}

Result<Delivery> Delivery::to_archive(
    Ledger& ledger, const AuthorityPaths& paths, const fs::path& archive
) {
    if (is_there(archive)) {
        return taken(archive, "the name of a new file");
    }
    Delivery delivery(ledger, paths);
    const fs::path target = delivery_path(archive);
    std::error_code ignored;
    if (!fs::is_directory(target.parent_path(), ignored)) {
        return system_error(ENOENT, "write " + archive.string());
    }
    HG_TRY(fs::path hidden, hidden_beside(target));
    delivery.m_rows.push_back(
        {std::move(hidden), target, DeliveryKind::archive, DeliveryState::building}
    );
    HG_CHECK(delivery.begin());
    return delivery;
}

Outcome Delivery::begin() {
    std::vector<DeliveryRow> elsewhere = m_rows;
    std::erase_if(elsewhere, [this](const DeliveryRow& row) {
        return row.hidden == hidden_in_issued(m_paths);
    });
    return elsewhere.empty() ? Outcome() : m_ledger->add_deliveries(elsewhere);
}

Delivery::Delivery(Delivery&& other) noexcept
    : m_ledger(std::exchange(other.m_ledger, nullptr)),
      m_paths(std::move(other.m_paths)),
      m_rows(std::move(other.m_rows)),
      m_building(std::move(other.m_building)) {
}

Delivery::~Delivery() {
    if (m_ledger != nullptr) {
        static_cast<void>(place());  // What fails now is done when the authority is opened next.
    }
}

const fs::path& Delivery::hidden_archive() const {
    return m_rows.front().hidden;
}

Outcome Delivery::add(const fs::path& target, const LeafFiles& files) {
    const auto building = m_building.find(target.parent_path());
    HG_ASSERT(building != m_building.end());
    const fs::path folder = building->second.path() / target.filename();
    HG_CHECK(make_folder_in_build(folder));
    return write_leaf_files(folder, files);
}

Outcome Delivery::hold() {
    for (auto& [folder, building] : m_building) {
        HG_CHECK(building.commit());
    }
    return {};
}

Outcome Delivery::enter(LedgerBatch& batch) const {
    for (const DeliveryRow& row : m_rows) {
        HG_CHECK(batch.enter_delivery(row.hidden.string()));
    }
    return {};
}

Outcome Delivery::place() {
    Ledger& ledger = *std::exchange(m_ledger, nullptr);
    m_building.clear();
    HG_TRY(const auto open, ledger.deliveries());
    Outcome result;
    for (const DeliveryRow& row : m_rows) {
        Outcome placed;
        if (row.hidden == hidden_in_issued(m_paths)) {
            placed = is_there(row.hidden) ? finish_folders(ledger, m_paths, row.hidden) : Outcome();
        }
        // As the ledger has it now: a commit that failed may still have come to be.
        for (const DeliveryRow& known : open) {
            if (known.hidden == row.hidden) {
                placed = finish_elsewhere(ledger, m_paths, known);
            }
        }
        if (!placed && result) {
            result = is_there(row.hidden) ? waits(row, placed.error()) : std::move(placed);
        }
    }
    return result;
}

Outcome finish_deliveries(Ledger& ledger, const AuthorityPaths& paths) {
    if (const fs::path hidden = hidden_in_issued(paths); is_there(hidden)) {
        // What stands in a place is told to whoever delivers; others must be able to go on.
        auto finished = finish_folders(ledger, paths, hidden);
        if (!finished && finished.error().code() != ErrorCode::exists) {
            return finished;
        }
    }
    HG_TRY(const auto elsewhere, ledger.deliveries());
    for (const DeliveryRow& row : elsewhere) {
        // A disk that is not there now must keep nobody from working.
        static_cast<void>(finish_elsewhere(ledger, paths, row));
    }
    return {};
}

}  // namespace heliograph::pki
