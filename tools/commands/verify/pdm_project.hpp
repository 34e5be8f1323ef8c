// SPDX-License-Identifier: Apache-2.0
// What sends pdm round the proxy: sources that its project names.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

/// The first such way, as find_detour() says it; none: pdm asks the index of its environment only.
/// @param arguments    Behind `pdm`.
/// @param environment  `NAME=value` each.
/// @thread Safe. @cost Reads pyproject.toml and pdm.toml of the project, at most 1 MiB each.
[[nodiscard]] std::optional<std::string> find_pdm_detour(
    const std::vector<std::string>& arguments, const std::vector<std::string>& environment
);

}  // namespace heliograph::tools::verify_commands
