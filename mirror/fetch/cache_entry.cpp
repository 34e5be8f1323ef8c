// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t much_bytes = std::uint64_t{64} << 20U;
constexpr std::time_t sweep_period = 3600;
constexpr std::size_t shard_digits = 2;

struct SweptEntry {
    fs::path path;
    std::uint64_t size_bytes = 0;
    struct timespec used {};
};

bool is_hex(const std::string& name, std::size_t digits) {
    return name.size() == digits && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// What other processes take away meanwhile is gone, and no failure.
std::vector<SweptEntry> entries_below(const fs::path& folder) {
    std::vector<SweptEntry> entries;
    std::error_code failure;
    for (fs::directory_iterator shard(folder, failure), end; !failure && shard != end;
         shard.increment(failure)) {
        if (!is_hex(shard->path().filename().string(), shard_digits)) {
            continue;
        }
        std::error_code inner;
        for (fs::directory_iterator entry(shard->path(), inner); !inner && entry != end;
             entry.increment(inner)) {
            struct stat status {};
            if (::lstat(entry->path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
                entries.push_back(
                    {entry->path(), static_cast<std::uint64_t>(status.st_size), status.st_atim}
                );
            }
        }
    }
    return entries;
}

bool was_used_before(const SweptEntry& left, const SweptEntry& right) {
    return left.used.tv_sec != right.used.tv_sec ? left.used.tv_sec < right.used.tv_sec
                                                 : left.used.tv_nsec < right.used.tv_nsec;
}

// In the folder of the entry, of a name that no entry and no other writer has.
fs::path passing_name(const fs::path& path) {
    static std::atomic<unsigned> count = 0;
    return path.parent_path() /
           ("." + std::to_string(::getpid()) + "." + std::to_string(++count) + ".new");
}

Outcome write_all(const FileDescriptor& file, ByteSpan bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const auto count = ::write(file.get(), bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "write " + path.string());
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

void CacheEntry::mark_used() const {
    std::array<struct timespec, 2> times{};
    times[1].tv_nsec = UTIME_OMIT;
    if (::clock_gettime(CLOCK_REALTIME, times.data()) == 0) {
        // Whoever may not say so used it all the same.
        static_cast<void>(::futimens(descriptor.get(), times.data()));
    }
}

fs::path cache_place(const fs::path& folder, const pki::Sha256& name) {
    const auto hex = name.to_hex();
    return folder / hex.substr(0, shard_digits) / hex.substr(shard_digits);
}

Result<std::optional<CacheEntry>> open_cache_entry(const fs::path& path) {
    constexpr int how = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    FileDescriptor descriptor(::open(path.c_str(), how));
    if (!descriptor.is_open()) {
        if (errno == ENOENT) {
            return std::optional<CacheEntry>();
        }
        return system_error(errno, "open " + path.string());
    }
    struct stat status {};
    if (::fstat(descriptor.get(), &status) != 0) {
        return system_error(errno, "look at " + path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return Error(ErrorCode::io, "expected a file at " + path.string() + ", saw something else");
    }
    return std::optional(CacheEntry{
        std::move(descriptor),
        static_cast<std::uint64_t>(status.st_size),
        Instant(std::chrono::seconds(status.st_mtim.tv_sec))});
}

Outcome write_cache_entry(const fs::path& path, ByteSpan bytes) {
    HG_CHECK(make_folder(path.parent_path(), FileAccess::owner_only));
    const auto passing = passing_name(path);
    constexpr int how = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    FileDescriptor file(::open(passing.c_str(), how, 0600));
    if (!file.is_open()) {
        return system_error(errno, "make " + passing.string());
    }
    auto written = write_all(file, bytes, passing);
    if (written && ::rename(passing.c_str(), path.c_str()) != 0) {
        written = system_error(errno, "name " + path.string());
    }
    if (!written) {
        ::unlink(passing.c_str());
    }
    return written;
}

Outcome sweep_cache(const fs::path& folder, const CacheBound& bound) {
    const auto mark = folder / "swept";
    struct stat status {};
    const bool is_fresh = ::stat(mark.c_str(), &status) == 0 &&
                          status.st_mtim.tv_sec + sweep_period > std::time(nullptr);
    if (is_fresh && bound.kept_bytes < much_bytes) {
        return {};
    }
    HG_CHECK(write_cache_entry(mark, {}));
    auto entries = entries_below(folder);
    std::uint64_t sum = 0;
    for (const auto& entry : entries) {
        sum += entry.size_bytes;
    }
    if (sum <= bound.most_bytes) {
        return {};
    }
    // Somewhat more than needs be, so that the next run has not to do it again.
    const std::uint64_t most = bound.most_bytes - bound.most_bytes / 10;
    std::sort(entries.begin(), entries.end(), was_used_before);
    for (const auto& entry : entries) {
        if (sum <= most) {
            break;
        }
        if (::unlink(entry.path.c_str()) != 0 && errno != ENOENT) {
            return system_error(errno, "remove " + entry.path.string());
        }
        sum -= entry.size_bytes;
    }
    return {};
}

}  // namespace heliograph::mirror
