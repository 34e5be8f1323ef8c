// SPDX-License-Identifier: Apache-2.0
// Private: entries of a cache. Nothing of it is owed to anybody, so that nothing is synced; whoever
// reads an entry checks it.
//
//   <folder>/<aa>/<62 hex digits>     an entry; its access time is that of its last use
//   <folder>/<aa>/.<hex digits>.new   one on its way; an old one is left of a run that was killed
//   <folder>/swept                    the bound of the last sweep in bytes; written at its time
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/digest.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace heliograph::mirror {

struct CacheEntry {
    FileDescriptor descriptor;
    std::uint64_t size_bytes = 0;
    Instant written = {};  ///< As its file says.

    /// Says so of the access alone: an entry may be the user's file, whose content did not change.
    void mark_used() const;
};

/// Where an entry of this name lies. @thread Safe.
[[nodiscard]] std::filesystem::path cache_place(
    const std::filesystem::path& folder, const pki::Sha256& name
);

/// @return None when there is no such file. @errors denied, io (something else than a file stands
/// there, too). @thread Safe.
[[nodiscard]] Result<std::optional<CacheEntry>> open_cache_entry(const std::filesystem::path& path);

/// Puts an entry there as a whole, in place of what stood there; makes its folder.
/// @errors io, denied. @thread Safe, beside other processes too. @cost Nothing is synced.
[[nodiscard]] Outcome write_cache_entry(const std::filesystem::path& path, ByteSpan bytes);

/// Removes what cannot be an entry, a link or a device: nobody but this user writes there.
/// @errors io, denied (a folder stands there). @thread Safe.
[[nodiscard]] Outcome remove_odd_entry(const std::filesystem::path& path);

}  // namespace heliograph::mirror
