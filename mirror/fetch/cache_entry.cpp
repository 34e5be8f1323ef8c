// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <pki/crypto/random.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t shard_digits = 2;
constexpr std::size_t passing_bytes = 8;

// In the folder of the entry, of a name that no entry and no other writer has, nor had one that was
// killed: process ids come again.
Result<fs::path> passing_name(const fs::path& path) {
    HG_TRY(const auto name, pki::random_hex(passing_bytes));
    return path.parent_path() / ("." + name + ".new");
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
    HG_TRY(const auto passing, passing_name(path));
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

Outcome remove_odd_entry(const fs::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return system_error(errno, "remove " + path.string());
    }
    return {};
}

}  // namespace heliograph::mirror
