// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/file_cache.hpp>
#include <pki/base/file.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t cached_piece_bytes = 256 * 1024;

enum class Flow { on, enough };

/// All bytes of an entry, in pieces. @errors io (it cannot be read), those of @p take.
Outcome read_through(const CacheEntry& entry, const std::function<Result<Flow>(ByteSpan)>& take) {
    std::vector<std::byte> piece(cached_piece_bytes);
    off_t at = 0;
    while (true) {
        const auto count = ::pread(entry.descriptor.get(), piece.data(), piece.size(), at);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read an entry of the cache");
        }
        if (count == 0) {
            return {};
        }
        at += count;
        HG_TRY(const auto flow, take(ByteSpan(piece).first(static_cast<std::size_t>(count))));
        if (flow == Flow::enough) {
            return {};
        }
    }
}

/// All bytes through the gate, each piece on to @p take.
Result<verify::Verdict> pour(
    const CacheEntry& entry, verify::FileGate gate, const std::function<Outcome(ByteSpan)>& take
) {
    const auto pass = [&](ByteSpan piece) -> Result<Flow> {
        if (gate.update(piece) == verify::FileFlow::stop) {
            return Flow::enough;
        }
        HG_CHECK(take(piece));
        return Flow::on;
    };
    HG_CHECK(read_through(entry, pass));
    return gate.finish();
}

/// Whether it holds what its name says; a page may have promised another size of the right bytes.
Result<bool> is_sound(const CacheEntry& entry, const pki::Sha256& name) {
    pki::Sha256Hasher hasher;
    const auto add = [&](ByteSpan piece) -> Result<Flow> {
        hasher.update(piece);
        return Flow::on;
    };
    HG_CHECK(read_through(entry, add));
    return hasher.finish() == name;
}

// Of one file system, that is; some have no second names, and some keep them from us.
bool is_copied_after(int failure) {
    return failure == EXDEV || failure == EPERM || failure == EMLINK || failure == EOPNOTSUPP ||
           failure == ENOSYS;
}

}  // namespace

Result<std::optional<std::uint64_t>> FileCache::give(
    const verify::FileExpectation& wanted,
    const std::function<Result<std::unique_ptr<DownloadPlace>>()>& open_place
) {
    const std::optional<std::uint64_t> not_here;
    if (!m_folder.may_be_read()) {
        return not_here;
    }
    const auto kept = m_folder.place_of(wanted.sha256);
    const auto entry = open_cache_entry(kept);
    if (!entry) {
        m_folder.note(entry.error());
        m_folder.note(remove_odd_entry(kept));
        return not_here;
    }
    if (!*entry) {
        return not_here;
    }
    HG_TRY(const auto into, open_place());
    // What the place cannot take is the caller's; what cannot be read is the cache's.
    std::optional<Error> unwritten;
    const auto verdict = pour(**entry, verify::FileGate(wanted), [&](ByteSpan piece) {
        auto written = into->write(piece);
        if (!written) {
            unwritten = written.error();
        }
        return written;
    });
    if (unwritten) {
        return *std::move(unwritten);
    }
    if (!verdict || !verdict->accepted()) {
        m_folder.note(verdict ? drop_unless_sound(**entry, wanted.sha256) : verdict.error());
        return not_here;
    }
    HG_CHECK(into->commit());
    (*entry)->mark_used();
    return std::optional((*entry)->size_bytes);
}

Outcome FileCache::drop_unless_sound(const CacheEntry& entry, const pki::Sha256& name) const {
    HG_TRY(const bool sound, is_sound(entry, name));
    return sound ? Outcome() : remove_odd_entry(m_folder.place_of(name));
}

Result<std::optional<std::uint64_t>> FileCache::place(
    const verify::PageFile& file, const fs::path& path
) {
    return give(verify::expect_file(file, {}), [&] { return open_named_place(path); });
}

Result<std::optional<Bytes>> FileCache::read(const verify::FileExpectation& wanted) {
    class BytesPlace final : public DownloadPlace {
      public:
        explicit BytesPlace(Bytes& bytes) : m_bytes(bytes) {}
        [[nodiscard]] Outcome write(ByteSpan piece) override {
            m_bytes.insert(m_bytes.end(), piece.begin(), piece.end());
            return {};
        }
        [[nodiscard]] Outcome restart() override {
            m_bytes.clear();
            return {};
        }
        [[nodiscard]] Outcome commit() override { return {}; }

      private:
        Bytes& m_bytes;
    };
    Bytes bytes;
    HG_TRY(const auto given, give(wanted, [&]() -> Result<std::unique_ptr<DownloadPlace>> {
               return std::unique_ptr<DownloadPlace>(std::make_unique<BytesPlace>(bytes));
           }));
    return given ? std::optional(std::move(bytes)) : std::nullopt;
}

void FileCache::keep(const verify::PageFile& file, const fs::path& path) {
    m_folder.note(try_keep(file, path));
}

Outcome FileCache::try_keep(const verify::PageFile& file, const fs::path& path) {
    HG_TRY(const auto entry, open_cache_entry(path));
    if (!entry || entry->size_bytes > m_folder.most_bytes() || !m_folder.may_be_written()) {
        return {};
    }
    const auto kept = m_folder.place_of(file.sha256);
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
    m_folder.count(entry->size_bytes);
    return {};
}

void FileCache::keep(const pki::Sha256& digest, ByteSpan bytes) {
    if (bytes.size() > m_folder.most_bytes() || !m_folder.may_be_written()) {
        return;
    }
    m_folder.note(write_cache_entry(m_folder.place_of(digest), bytes));
    m_folder.count(bytes.size());
}

}  // namespace heliograph::mirror
