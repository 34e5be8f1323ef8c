// SPDX-License-Identifier: Apache-2.0
// One line of `Requires-Dist`: `wheel>=0.38; extra == "test"`, `wheel @ https://...`. PEP 508.
#pragma once

#include <mirror/requirement/requirement.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// What a package asks for. That a file is named by URL is no error here: it matters only where its
/// marker holds.
struct Dependency {
    Requirement requirement;         ///< Without versions when there is a URL.
    std::optional<std::string> url;  ///< Where the package wants it from.
};

/// @errors Those of parse_requirement(); malformed (`@` without a URL).
/// @thread Safe. @cost One pass. @source PEP 508.
[[nodiscard]] Result<Dependency> parse_dependency(std::string_view text);

}  // namespace heliograph::mirror
