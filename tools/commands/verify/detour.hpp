// SPDX-License-Identifier: Apache-2.0
// Ways round the proxy that a command itself asks for: an index named on pip's command line or in
// its requirements files comes before every setting of the environment.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

/// The first such way, as people say it: `--index-url in requirements.txt, line 3`; none for
/// commands that install nothing. A list that is there but cannot be looked into is one, too; one
/// that is not there is the command's to complain about. This is against slips and careless files:
/// a command that builds packages runs their code, which goes where it likes.
/// @param command      Program and arguments.
/// @param environment  `NAME=value` each; some name files, too.
/// @thread Safe. @cost Reads the requirements files that are named, at most 64 of 8 MiB each.
[[nodiscard]] std::optional<std::string> find_detour(
    const std::vector<std::string>& command, const std::vector<std::string>& environment
);

}  // namespace heliograph::tools::verify_commands
