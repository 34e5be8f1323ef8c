// SPDX-License-Identifier: Apache-2.0
// Sizes and durations for people, and text from outside made safe for a terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace heliograph::tools {

/// `812 bytes`, `1.4 MB`: decimal units, one digit behind the point. @thread Safe.
[[nodiscard]] std::string format_size(std::uint64_t size_bytes);

/// `7 s`, `3 min 5 s`, `2 h 10 min`. @thread Safe.
[[nodiscard]] std::string format_duration(std::chrono::seconds duration);

/// Text that no CI runner takes for a command: some obey `##[` wherever it stands in a line of
/// output. @param instead  How the format of the text writes the same otherwise: no `##[`.
/// @thread Safe. @cost One pass.
[[nodiscard]] std::string without_runner_commands(std::string text, std::string_view instead);

/// Text that cannot steer a terminal or a CI runner: control characters but the tab, those of
/// U+0080 to U+009F, and bytes that are no UTF-8 as `\xHH`, `##[` as `# #[`.
/// @thread Safe. @cost One pass.
[[nodiscard]] std::string visible(std::string_view text);

/// `1 file`, `3 files`. @thread Safe.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace heliograph::tools
