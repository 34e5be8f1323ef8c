// SPDX-License-Identifier: Apache-2.0
// Asks a Python on this machine what it is and what runs on it.
#pragma once

#include <mirror/fetch/python_target.hpp>
#include <pki/base/result.hpp>

#include <string>

namespace heliograph::tools::fetch_commands {

/// Runs the interpreter once, isolated from the user's environment (`-I`).
/// @param program  A path, or a name in PATH.
/// @errors not_found (no such program), invalid_argument (it is no Python 3, or says nothing in 30
/// s), io.
/// @thread Safe. @cost One start of Python, some 40 ms.
[[nodiscard]] Result<mirror::PythonTarget> ask_interpreter(const std::string& program);

}  // namespace heliograph::tools::fetch_commands
