// SPDX-License-Identifier: Apache-2.0
// Private: refuses TOML whose dotted keys nest so deep that the library's tables, which are freed
// by recursion, would overflow the stack.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <string_view>

namespace heliograph::mirror {

/// Lock files need none.
inline constexpr std::size_t toml_key_dots = 32;
inline constexpr std::size_t toml_open_brackets = 256;

/// Counts the dots of every key, bare or quoted, and of the keys whose inline tables it stands in;
/// dots in strings and comments are none. Of text that is no TOML it may say anything.
/// @param text  ASCII.
/// @errors malformed (more dots or open brackets than that: the line is named).
/// @thread Safe. @cost One pass. @source TOML 1.0, "Keys".
[[nodiscard]] Outcome check_toml_keys(std::string_view text);

}  // namespace heliograph::mirror
