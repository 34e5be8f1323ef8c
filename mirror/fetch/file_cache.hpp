// SPDX-License-Identifier: Apache-2.0
// Files that were fetched, kept under their digest from run to run, so that none comes twice over
// the network. A convenience: whatever is wrong with it costs a download and nothing else.
//
//   <folder>/<aa>/<62 hex digits>     content of a file; its access time is that of its last use
//   <folder>/swept                    empty; when the folder was last looked through
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

namespace heliograph::mirror {

/// @thread Safe, and safe beside other processes with the same folder: entries come and go whole.
class FileCache {
  public:
    /// @param folder      Made when something is kept.
    /// @param most_bytes  What all entries may have together, but for what an hour, or 64 MiB,
    /// adds.
    FileCache(std::filesystem::path folder, std::uint64_t most_bytes)
        : m_folder(std::move(folder)), m_most_bytes(most_bytes) {}

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

    /// Removes what was not used for longest until the rest is within the bound, when that was not
    /// looked at for an hour, or much was kept since the beginning.
    /// @cost When it is time, a look at every entry.
    void sweep();

    /// What went wrong first with the folder itself; none: nothing.
    [[nodiscard]] std::optional<Error> trouble() const;

  private:
    [[nodiscard]] std::filesystem::path place_of(const verify::PageFile& file) const;
    [[nodiscard]] Outcome try_keep(const verify::PageFile& file, const std::filesystem::path& path);
    [[nodiscard]] Outcome try_sweep();
    void note(Outcome outcome);

    std::filesystem::path m_folder;
    std::uint64_t m_most_bytes;
    std::atomic<std::uint64_t> m_kept_bytes = 0;
    mutable std::mutex m_mutex;
    std::optional<Error> m_trouble;
};

}  // namespace heliograph::mirror
