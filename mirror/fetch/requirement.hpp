// SPDX-License-Identifier: Apache-2.0
// What a user asks for: `setuptools`, `wheel>=0.38,<1`. PEP 508, names and versions only.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/specifier.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// A project, the versions that will do, and perhaps one file by name.
struct Requirement {
    verify::ProjectName project;
    verify::SpecifierSet versions;
    std::optional<verify::DistFileName> file;

    /// As a user would type it.
    [[nodiscard]] std::string text() const;
};

/// Reads `NAME` or `NAME SPECIFIERS`, with or without parentheses around the specifiers.
/// @errors malformed; unsupported (extras, markers, URLs: they ask for more than one file).
/// @thread Safe. @cost One pass. @source PEP 508.
[[nodiscard]] Result<Requirement> parse_requirement(std::string_view text);

}  // namespace heliograph::mirror
