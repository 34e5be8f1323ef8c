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

// All bytes through the gate, each piece on to @p take. An entry that cannot be read is wrong.
Result<verify::Verdict> pour(
    const CacheEntry& entry, verify::FileGate gate, const std::function<Outcome(ByteSpan)>& take
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

}  // namespace

Result<std::optional<std::uint64_t>> FileCache::give(
    const verify::FileExpectation& wanted,
    const std::function<Result<std::unique_ptr<DownloadPlace>>()>& open_place
) {
    const auto kept = m_folder.place_of(wanted.sha256);
    const auto entry = open_cache_entry(kept);
    if (!entry) {
        m_folder.note(entry.error());
        return std::optional<std::uint64_t>();
    }
    if (!*entry) {
        return std::optional<std::uint64_t>();
    }
    HG_TRY(const auto into, open_place());
    HG_TRY(const auto verdict, pour(**entry, verify::FileGate(wanted), [&](ByteSpan piece) {
               return into->write(piece);
           }));
    if (!verdict.accepted()) {
        ::unlink(kept.c_str());
        return std::optional<std::uint64_t>();
    }
    HG_CHECK(into->commit());
    (*entry)->mark_used();
    return std::optional((*entry)->size_bytes);
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
    if (!entry || entry->size_bytes > m_folder.most_bytes()) {
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
    if (bytes.size() > m_folder.most_bytes()) {
        return;
    }
    m_folder.note(write_cache_entry(m_folder.place_of(digest), bytes));
    m_folder.count(bytes.size());
}

}  // namespace heliograph::mirror
