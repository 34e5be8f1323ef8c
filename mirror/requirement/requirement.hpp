// SPDX-License-Identifier: Apache-2.0
// What a user or a package asks for: `wheel>=0.38,<1`, `build[uv]; os_name == "nt"`. PEP 508.
#pragma once

#include <mirror/requirement/marker.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/specifier.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// A project, the versions that will do, and perhaps one file by name.
struct Requirement {
    verify::ProjectName project;
    verify::SpecifierSet versions;
    std::optional<verify::DistFileName> file;
    std::vector<verify::ProjectName> extras = {};  ///< Each once, in order of the alphabet.
    std::optional<Marker> marker = {};
    std::vector<pki::Sha256> hashes = {};  ///< The file must have one of them; empty: any.

    /// As a user would type it, without the hashes.
    [[nodiscard]] std::string text() const;
};

inline constexpr std::size_t requirement_extras = 100;

/// Reads `NAME`, `NAME[EXTRA,...]`, `NAME SPECIFIERS` with or without parentheses around the
/// specifiers, and perhaps `; MARKER` behind.
/// @errors malformed; too_large; unsupported (`NAME @ URL`: it names another place).
/// @thread Safe. @cost One pass. @source PEP 508.
[[nodiscard]] Result<Requirement> parse_requirement(std::string_view text);

}  // namespace heliograph::mirror
