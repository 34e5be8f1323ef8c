// SPDX-License-Identifier: Apache-2.0
// What one version needs, out of its core metadata: understood, or why it cannot be taken. A
// publisher writes whatever it likes there, so what it costs is bounded before it is paid.
#pragma once

#include <mirror/requirement/dependency.hpp>
#include <mirror/requirement/marker.hpp>
#include <verify/index/file_name.hpp>
#include <verify/resolve/package_source.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace heliograph::mirror {

/// Requires-Dist and Provides-Extra, most of each.
inline constexpr std::size_t metadata_lines = 10'000;
/// Requires-Dist of one version, all together.
inline constexpr std::size_t metadata_chars = 1'048'576;
/// Of one version for one target, each extra of a requirement counted: each is a package of its own
/// and may cost a request for a page.
inline constexpr std::size_t version_requirements = 1'000;

/// What is kept of core metadata while a solution is looked for.
struct VersionMetadata {
    std::vector<Dependency> dependencies;
    std::vector<verify::ProjectName> extras;  ///< That it offers.
    std::size_t chars = 0;                    ///< Of the dependencies, as they were written.
};
using MetadataReading = std::variant<VersionMetadata, verify::UnusableVersion>;

/// About what it takes in memory: a dependency of a few characters takes hundreds of bytes, and a
/// marker takes ten times its text. @thread Safe. @cost Constant.
[[nodiscard]] std::size_t size_of(const MetadataReading& reading);

/// @param text  As for parse_core_metadata().
/// @param file  Whose metadata it is.
/// @return  Why the version cannot be taken: text that cannot be read, needs that a build decides,
/// a dependency that cannot be read, more than metadata_lines or metadata_chars.
/// @thread Safe. @cost Linear in the text. @source PEP 508, 643.
[[nodiscard]] MetadataReading read_version_metadata(
    std::string_view text, const verify::DistFileName& file
);

using RequirementsThere = std::variant<std::vector<Requirement>, verify::UnusableVersion>;

/// Those whose markers hold there.
/// @param extra  For which it is wanted; none for the plain package.
/// @return  Why the version cannot be taken there: a marker without meaning, a file from a URL,
/// more than version_requirements.
/// @thread Safe. @cost Linear in the dependencies.
[[nodiscard]] RequirementsThere requirements_there(
    const VersionMetadata& metadata,
    const MarkerEnvironment& environment,
    const std::optional<verify::ProjectName>& extra
);

}  // namespace heliograph::mirror
