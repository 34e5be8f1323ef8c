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

/// Control characters as `\xNN`, everything else as it is: no escape sequence from outside reaches
/// a terminal. @thread Safe.
[[nodiscard]] std::string visible(std::string_view text);

/// `1 file`, `3 files`. @thread Safe.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view noun);

}  // namespace heliograph::tools
