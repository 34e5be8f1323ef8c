// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/file_cache.hpp>
#include <pki/base/file.hpp>
#include <verify/gate/file_gate.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t cached_piece_bytes = 256 * 1024;
constexpr std::uint64_t much_bytes = std::uint64_t{64} << 20U;
constexpr std::time_t sweep_period = 3600;
constexpr std::size_t shard_digits = 2;
constexpr std::size_t entry_digits = 62;

struct OpenEntry {
    FileDescriptor descriptor;
    std::uint64_t size_bytes = 0;

    // Of the access alone: an entry may be the user's file, whose content did not change. Whoever
    // may not say so used it all the same.
    void mark_used() const {
        std::array<struct timespec, 2> times{};
        times[1].tv_nsec = UTIME_OMIT;
        if (::clock_gettime(CLOCK_REALTIME, times.data()) == 0) {
            static_cast<void>(::futimens(descriptor.get(), times.data()));
        }
    }
};

// None: there is no such file.
Result<std::optional<OpenEntry>> open_entry(const fs::path& path) {
    constexpr int how = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    FileDescriptor descriptor(::open(path.c_str(), how));
    if (!descriptor.is_open()) {
        if (errno == ENOENT) {
            return std::optional<OpenEntry>();
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
    return std::optional(OpenEntry{
        std::move(descriptor), static_cast<std::uint64_t>(status.st_size)});
}

// All bytes through the gate, each piece on to @p take. An entry that cannot be read is wrong.
Result<verify::Verdict> pour(
    const OpenEntry& entry, verify::FileGate gate, const std::function<Outcome(ByteSpan)>& take
) {
    std::vector<std::byte> piece(cached_piece_bytes);
    while (true) {
        const auto count = ::read(entry.descriptor.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        const auto filled =
            ByteSpan(piece).first(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        if (filled.empty() || gate.update(filled) == verify::FileFlow::stop) {
            return gate.finish();
        }
        HG_CHECK(take(filled));
    }
}

// Of one file system, that is; some have no second names, and some keep them from us.
bool is_copied_after(int failure) {
    return failure == EXDEV || failure == EPERM || failure == EMLINK || failure == EOPNOTSUPP ||
           failure == ENOSYS;
}

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

}  // namespace

fs::path FileCache::place_of(const verify::PageFile& file) const {
    const auto hex = file.sha256.to_hex();
    return m_folder / hex.substr(0, shard_digits) / hex.substr(shard_digits);
}

void FileCache::note(Outcome outcome) {
    if (outcome) {
        return;
    }
    const std::lock_guard lock(m_mutex);
    if (!m_trouble) {
        m_trouble = std::move(outcome).error();
    }
}

std::optional<Error> FileCache::trouble() const {
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

Result<std::optional<std::uint64_t>> FileCache::place(
    const verify::PageFile& file, const fs::path& path
) {
    const auto kept = place_of(file);
    const auto entry = open_entry(kept);
    if (!entry) {
        note(entry.error());
        return std::optional<std::uint64_t>();
    }
    if (!*entry) {
        return std::optional<std::uint64_t>();
    }
    HG_TRY(auto into, AtomicFile::create(path, FileAccess::everyone));
    HG_TRY(
        const auto verdict,
        pour(
            **entry,
            verify::FileGate(verify::expect_file(file, kept.string())),
            [&](ByteSpan piece) { return into.write(piece); }
        )
    );
    if (!verdict.accepted()) {
        ::unlink(kept.c_str());
        return std::optional<std::uint64_t>();
    }
    HG_CHECK(into.commit());
    (*entry)->mark_used();
    return std::optional((*entry)->size_bytes);
}

void FileCache::keep(const verify::PageFile& file, const fs::path& path) {
    note(try_keep(file, path));
}

Outcome FileCache::try_keep(const verify::PageFile& file, const fs::path& path) {
    HG_TRY(const auto entry, open_entry(path));
    if (!entry || entry->size_bytes > m_most_bytes) {
        return {};
    }
    const auto kept = place_of(file);
    HG_CHECK(make_folder(kept.parent_path(), FileAccess::owner_only));
    if (::link(path.c_str(), kept.c_str()) != 0) {
        const int failure = errno;
        if (failure == EEXIST) {
            return {};
        }
        if (!is_copied_after(failure)) {
            return system_error(failure, "keep " + kept.string());
        }
        HG_TRY(auto copy, AtomicFile::create(kept, FileAccess::owner_only));
        HG_TRY(
            const auto verdict,
            pour(
                *entry,
                verify::FileGate(verify::expect_file(file, path.string())),
                [&](ByteSpan piece) { return copy.write(piece); }
            )
        );
        if (!verdict.accepted()) {
            return {};  // Somebody changed it since.
        }
        HG_CHECK(copy.commit());
    }
    entry->mark_used();
    m_kept_bytes += entry->size_bytes;
    return {};
}

void FileCache::sweep() {
    if (m_kept_bytes > 0) {
        note(try_sweep());
    }
}

Outcome FileCache::try_sweep() {
    const auto mark = m_folder / "swept";
    struct stat status {};
    const bool is_fresh = ::stat(mark.c_str(), &status) == 0 &&
                          status.st_mtim.tv_sec + sweep_period > std::time(nullptr);
    if (is_fresh && m_kept_bytes < much_bytes) {
        return {};
    }
    HG_CHECK(write_file_atomically(mark, {}, FileAccess::owner_only));
    auto entries = entries_below(m_folder);
    std::uint64_t sum = 0;
    for (const auto& entry : entries) {
        sum += entry.size_bytes;
    }
    if (sum <= m_most_bytes) {
        return {};
    }
    // Somewhat more than needs be, so that the next run has not to do it again.
    const std::uint64_t most = m_most_bytes - m_most_bytes / 10;
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
