// SPDX-License-Identifier: Apache-2.0
// What core metadata says of dependencies: as written, for whoever resolves them.
#pragma once

#include <verify/index/core_metadata.hpp>
#include <verify/index/file_name.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

inline constexpr std::size_t dependency_chars = 8192;  ///< Longest line of a dependency.

/// Whether the lines hold for whatever is installed from the file.
enum class DependencyStanding {
    stated,
    decided_by_build,  ///< A source archive may come to others when it is built. PEP 643.
};

struct DependencyMetadata {
    CoreMetadata core;
    std::vector<std::string> requires_dist;  ///< `wheel>=0.38; extra == "test"`.
    std::vector<std::string> extras;         ///< `Provides-Extra`.
    DependencyStanding standing = DependencyStanding::stated;
};

/// @param text  As for parse_core_metadata().
/// @param file  Whose metadata it is: it must be of the same project and version.
/// @errors Those of parse_core_metadata(); malformed (another project or version); too_large (a
/// line of more than dependency_chars).
/// @thread Safe. @cost Two passes over the header part.
/// @source Core metadata specifications, "Requires-Dist"; PEP 643.
[[nodiscard]] Result<DependencyMetadata> parse_dependency_metadata(
    std::string_view text, const DistFileName& file
);

/// Whether all that an installer decides upon (dependencies, extras, the Python that is required)
/// stays as it stands in the text when the file is built. An index that offers the metadata of a
/// file promises this.
/// @param text  Core metadata of a file of this kind, judged before.
/// @errors too_large (bytes or fields).
/// @thread Safe. @cost One pass over the header part; none of a wheel, which is built.
/// @source PEP 658; PEP 714; PEP 643.
[[nodiscard]] Result<DependencyStanding> standing_of_metadata(std::string_view text, FileKind kind);

}  // namespace heliograph::verify
