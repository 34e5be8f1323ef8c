// SPDX-License-Identifier: Apache-2.0
// Blanks around a piece of text.
#pragma once

#include <string_view>

namespace heliograph {

/// The text without spaces, tabs and line ends at either side; a view into the same text.
/// @thread Safe. @cost None worth noting.
[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace heliograph
