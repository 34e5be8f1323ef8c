// SPDX-License-Identifier: Apache-2.0
// Which installer of packages a command is, and which of its own commands it was given.
#pragma once

#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

enum class InstallerKind { none, pip, uv, pdm, poetry, pipenv };

struct Installer {
    InstallerKind kind = InstallerKind::none;
    /// uv's own, as `sync` or `pip compile`; empty for all others and when there is none.
    std::string verb;
    std::vector<std::string> arguments;  ///< Behind the program, or behind `python -m MODULE`.
};

/// @param command  Program and arguments, not empty. @thread Safe. @cost Linear.
[[nodiscard]] Installer installer_of(const std::vector<std::string>& command);

}  // namespace heliograph::tools::verify_commands
