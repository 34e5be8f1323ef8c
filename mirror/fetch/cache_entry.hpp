// SPDX-License-Identifier: Apache-2.0
// Private: entries of a cache. Nothing of it is owed to anybody, so that nothing is synced; whoever
// reads an entry checks it.
//
//   <folder>/<aa>/<62 hex digits>     an entry; its access time is that of its last use
//   <folder>/swept                    empty; when the folder was last looked through
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

/// How much a cache may hold.
struct CacheBound {
    std::uint64_t most_bytes = 0;
    std::uint64_t kept_bytes = 0;  ///< By this process, since it began.
};

/// Removes what was not used for longest until the rest is within the bound, when that was not
/// looked at for an hour, or much was kept.
/// @errors io, denied. @thread Safe. @cost When it is time, a look at every entry.
[[nodiscard]] Outcome sweep_cache(const std::filesystem::path& folder, const CacheBound& bound);

}  // namespace heliograph::mirror
