// SPDX-License-Identifier: Apache-2.0
// Files that were fetched, kept under their digest from run to run, so that none comes twice over
// the network. A convenience: whatever is wrong with it costs a download and nothing else.
#pragma once

#include <mirror/fetch/cache_folder.hpp>
#include <mirror/fetch/download.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/project_page.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

namespace heliograph::mirror {

struct CacheEntry;

/// @thread Safe, and safe beside other processes with the same folder: entries come and go whole.
class FileCache {
  public:
    /// @param folder, most_bytes  Those of a CacheFolder.
    FileCache(std::filesystem::path folder, std::uint64_t most_bytes)
        : m_folder(std::move(folder), most_bytes) {}

    /// Puts the content of a file that a page promises where it is wanted, when it is here. Every
    /// byte is hashed on its way, whatever lay here: what is wrong goes, and counts as not here.
    /// @param path  Gets its name when all of it is right, in place of what stood there.
    /// @return Its size; none when it is not here.
    /// @errors Those of AtomicFile for @p path. @cost One pass over it.
    [[nodiscard]] Result<std::optional<std::uint64_t>> place(
        const verify::PageFile& file, const std::filesystem::path& path
    );

    /// Keeps a verified file: a second name for it where one file system holds both, else a copy.
    /// @cost A few system calls, or one pass over it. What fails is told by trouble() alone.
    void keep(const verify::PageFile& file, const std::filesystem::path& path);

    /// The same of a document about a file, whole in memory; and keeps one that was verified.
    /// @errors None that the cache itself has. @cost One pass over it.
    [[nodiscard]] Result<std::optional<Bytes>> read(const verify::FileExpectation& wanted);
    void keep(const pki::Sha256& digest, ByteSpan bytes);

    /// The same folder, to be swept and asked for troubles at the end of a run.
    [[nodiscard]] CacheFolder& folder() { return m_folder; }

  private:
    /// @param open_place  Called when it is here.
    [[nodiscard]] Result<std::optional<std::uint64_t>> give(
        const verify::FileExpectation& wanted,
        const std::function<Result<std::unique_ptr<DownloadPlace>>()>& open_place
    );
    /// An entry that did not pass goes when its bytes are not those of its name.
    [[nodiscard]] Outcome drop_unless_sound(const CacheEntry& entry, const pki::Sha256& name) const;
    [[nodiscard]] Outcome try_keep(const verify::PageFile& file, const std::filesystem::path& path);

    CacheFolder m_folder;
};

}  // namespace heliograph::mirror
