// SPDX-License-Identifier: Apache-2.0
// Private: keeps a cache within its bound.
#pragma once

#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>

namespace heliograph::mirror {

/// How much a cache may hold, and how much it got.
struct CacheBound {
    std::uint64_t most_bytes = 0;
    std::uint64_t kept_bytes = 0;  ///< By this process, since it last looked.
};

/// What one process may keep before it has to look again.
inline constexpr std::uint64_t much_kept_bytes = std::uint64_t{64} << 20U;

/// Whether the folder is this user's alone: nobody else may have put names there.
/// @return False when there is no such folder. @errors denied (another's, or others may write
/// there), io (no folder). @thread Safe.
[[nodiscard]] Result<bool> is_own_folder(const std::filesystem::path& folder);

/// Removes what was not used for longest until the rest is within the bound, when that was not
/// looked at for an hour, much was kept, or the bound is lower than it was. A file that has another
/// name elsewhere takes no room and stays; what runs that were killed left on its way goes. Follows
/// no link and removes nothing but entries.
/// @errors io, denied. @thread Safe. @cost When it is time, a look at every entry.
[[nodiscard]] Outcome sweep_cache(const std::filesystem::path& folder, const CacheBound& bound);

}  // namespace heliograph::mirror
