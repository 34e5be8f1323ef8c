// SPDX-License-Identifier: Apache-2.0
// Private: the projects that wanted ones need, by the `.metadata` of the files that are here.
//
// Nobody knows for whom a mirror is, so that more is had than any one client needs: every file that
// is kept counts, a line counts wherever its marker may hold, and every version does that any line
// allows.
#pragma once

#include <mirror/requirement/marker.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/project_filter.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace heliograph::mirror {

namespace closure_limits {
inline constexpr std::size_t projects = project_filter_limits::projects;  ///< Roots among them.
/// Lines of one project's needs in another that are told apart; more allow every version.
inline constexpr std::size_t specifiers = 256;
}  // namespace closure_limits

/// What is wanted by name.
struct ClosureRoots {
    const std::vector<verify::ProjectName>& projects;
    const WantedExtras& extras;  ///< Of some of them.
};

/// What is wanted with all that it needs.
struct Closure {
    std::vector<verify::ProjectName> projects;  ///< Ascending, roots and needed ones.
    /// Of the needed ones, by name: the versions that will do. One that is not here may have any.
    WantedVersions versions;
    std::uint64_t silent_files = 0;  ///< Kept files that have no metadata text, or none to be read.
};

/// Where markers may hold for clients of a mirror with this filter: anywhere, unless its platforms
/// say which systems, or its Python tags which versions of CPython. @thread Safe, pure.
[[nodiscard]] MarkerWorld world_of(const FileFilter& filter);

/// @param roots  Wanted by name. @param filter  Theirs; projects that it names versions or files of
/// get no others for being needed.
/// @errors io; too_large (more projects than closure_limits::projects).
/// @thread That of the catalogue. @cost Reads each different metadata text of the closure once.
[[nodiscard]] Result<Closure> closure_of(
    const Catalog& catalog,
    const BlobStore& blobs,
    const ClosureRoots& roots,
    const FileFilter& filter
);

}  // namespace heliograph::mirror
