// SPDX-License-Identifier: Apache-2.0
// Whether an output is a terminal, how wide it is, and colour when the user wants it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace heliograph::tools {

enum class StandardStream { output, errors };
enum class TerminalColor { red, green, yellow };

/// @thread Safe.
[[nodiscard]] bool is_terminal(StandardStream stream);

/// Columns of the terminal behind standard error; 80 when unknown. @thread Safe.
[[nodiscard]] std::size_t terminal_width();

/// The text in colour on a terminal without NO_COLOR, as it is elsewhere. @thread Safe.
[[nodiscard]] std::string colored(
    StandardStream stream, std::string_view text, TerminalColor color
);

}  // namespace heliograph::tools
