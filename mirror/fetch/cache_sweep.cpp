// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/cache_sweep.hpp>
#include <pki/base/file.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::time_t sweep_period = 3600;
constexpr std::size_t swept_shard_digits = 2;
constexpr std::size_t entry_digits = 62;
constexpr std::uint64_t mark_bytes = 32;
constexpr int folder_only = O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW;

struct SweptEntry {
    std::string shard;
    std::string name;
    std::uint64_t size_bytes = 0;
    struct timespec used {};
};

bool is_hex(std::string_view name, std::size_t digits) {
    return name.size() == digits &&
           name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_on_its_way(std::string_view name) {
    return name.starts_with('.') && name.ends_with(".new");
}

// Old enough that nobody writes it any more; a clock that was wrong makes nothing older.
bool is_left_behind(const struct stat& status, std::time_t now) {
    return status.st_mtim.tv_sec + sweep_period < now;
}

using DirectoryStream = std::unique_ptr<DIR, decltype([](DIR* stream) { ::closedir(stream); })>;

// The names in a folder. What other processes take away meanwhile is gone, and no failure.
std::vector<std::string> names_in(const FileDescriptor& folder) {
    std::vector<std::string> names;
    const int own = ::openat(folder.get(), ".", folder_only);
    const DirectoryStream stream(own < 0 ? nullptr : ::fdopendir(own));
    if (!stream) {
        return names;
    }
    while (const dirent* const entry = ::readdir(stream.get())) {
        names.emplace_back(static_cast<const char*>(entry->d_name));
    }
    return names;
}

/// Goes through the shards of a cache by descriptors, so that no link leads elsewhere.
class Sweep {
  public:
    Sweep(FileDescriptor folder, std::time_t now) : m_folder(std::move(folder)), m_now(now) {}

    std::vector<SweptEntry> entries() {
        std::vector<SweptEntry> entries;
        for (const auto& shard : names_in(m_folder)) {
            if (is_on_its_way(shard)) {
                drop_if_left(m_folder, shard);
            } else if (is_hex(shard, swept_shard_digits)) {
                add_shard(shard, entries);
            }
        }
        return entries;
    }

    [[nodiscard]] Outcome remove(const SweptEntry& entry) const {
        const FileDescriptor shard(::openat(m_folder.get(), entry.shard.c_str(), folder_only));
        if (shard.is_open() && ::unlinkat(shard.get(), entry.name.c_str(), 0) != 0 &&
            errno != ENOENT) {
            return system_error(errno, "remove an entry of a cache");
        }
        return {};
    }

  private:
    void add_shard(const std::string& shard, std::vector<SweptEntry>& entries) const {
        const FileDescriptor folder(::openat(m_folder.get(), shard.c_str(), folder_only));
        if (!folder.is_open()) {
            return;
        }
        for (auto& name : names_in(folder)) {
            if (is_on_its_way(name)) {
                drop_if_left(folder, name);
                continue;
            }
            struct stat status {};
            // A second name of a file that somebody has elsewhere takes no room.
            if (is_hex(name, entry_digits) &&
                ::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(status.st_mode) && status.st_nlink == 1) {
                entries.push_back(
                    {shard,
                     std::move(name),
                     static_cast<std::uint64_t>(status.st_size),
                     status.st_atim}
                );
            }
        }
    }

    void drop_if_left(const FileDescriptor& folder, const std::string& name) const {
        struct stat status {};
        if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode) && is_left_behind(status, m_now)) {
            // Whoever may not leaves it to the next.
            static_cast<void>(::unlinkat(folder.get(), name.c_str(), 0));
        }
    }

    FileDescriptor m_folder;
    std::time_t m_now;
};

bool was_used_before(const SweptEntry& left, const SweptEntry& right) {
    return left.used.tv_sec != right.used.tv_sec ? left.used.tv_sec < right.used.tv_sec
                                                 : left.used.tv_nsec < right.used.tv_nsec;
}

// Whether the last sweep still speaks for this bound: within the hour, as far as clocks agree.
bool is_fresh(const fs::path& mark, std::uint64_t most_bytes, std::time_t now) {
    struct stat status {};
    if (::lstat(mark.c_str(), &status) != 0 || status.st_mtim.tv_sec > now ||
        status.st_mtim.tv_sec + sweep_period <= now) {
        return false;
    }
    const auto text = read_file(mark, mark_bytes);
    if (!text) {
        return false;
    }
    const auto digits = text_of(*text);
    std::uint64_t then = 0;
    const auto end = digits.data() + digits.size();
    const auto [last, wrong] = std::from_chars(digits.data(), end, then);
    return wrong == std::errc() && last == end && then <= most_bytes;
}

}  // namespace

Result<bool> is_own_folder(const fs::path& folder) {
    const FileDescriptor opened(::open(folder.c_str(), folder_only));
    if (!opened.is_open()) {
        if (errno == ENOENT) {
            return false;
        }
        return system_error(errno, "open the folder " + folder.string());
    }
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) {
        return system_error(errno, "look at " + folder.string());
    }
    if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        return Error(
            ErrorCode::denied,
            "expected a folder that this user alone writes to at " + folder.string() +
                ", saw one of user " + std::to_string(status.st_uid) +
                " or that others may write to"
        );
    }
    return true;
}

Outcome sweep_cache(const fs::path& folder, const CacheBound& bound) {
    const auto mark = folder / "swept";
    const std::time_t now = std::time(nullptr);
    if (bound.kept_bytes < much_kept_bytes && is_fresh(mark, bound.most_bytes, now)) {
        return {};
    }
    FileDescriptor opened(::open(folder.c_str(), folder_only));
    if (!opened.is_open()) {
        return errno == ENOENT ? Outcome() : system_error(errno, "open " + folder.string());
    }
    Sweep sweep(std::move(opened), now);
    auto entries = sweep.entries();
    std::uint64_t sum = 0;
    for (const auto& entry : entries) {
        sum += entry.size_bytes;
    }
    if (sum > bound.most_bytes) {
        // Somewhat more than needs be, so that the next run has not to do it again.
        const std::uint64_t most = bound.most_bytes - bound.most_bytes / 10;
        std::sort(entries.begin(), entries.end(), was_used_before);
        for (const auto& entry : entries) {
            if (sum <= most) {
                break;
            }
            HG_CHECK(sweep.remove(entry));
            sum -= entry.size_bytes;
        }
    }
    return write_cache_entry(mark, bytes_of(std::to_string(bound.most_bytes)));
}

}  // namespace heliograph::mirror
