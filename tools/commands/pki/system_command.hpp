// SPDX-License-Identifier: Apache-2.0
// Programs of the system that keep trust stores: run without a shell.
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <vector>

namespace heliograph::tools::pki_commands {

/// Runs a program to its end; its output goes to standard error, its input is empty.
/// @param program  A name that is looked up in PATH and in the folders of system programs.
/// @return  Its exit code; 128 and the number of a signal that ended it.
/// @errors not_found (no such program), io.
[[nodiscard]] Result<int> run_system_command(
    const std::string& program, const std::vector<std::string>& arguments
);

}  // namespace heliograph::tools::pki_commands
