// SPDX-License-Identifier: Apache-2.0
// Text for commands that are printed to be copied into a shell.
#pragma once

#include <string>
#include <string_view>

namespace heliograph::tools::pki_commands {

/// In single quotes, for every POSIX shell. @thread Safe.
[[nodiscard]] std::string in_shell_quotes(std::string_view text);

/// The text itself where no shell reads more into it, else in quotes. @thread Safe.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace heliograph::tools::pki_commands
