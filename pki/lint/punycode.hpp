// SPDX-License-Identifier: Apache-2.0
// Private: labels of internationalised names, as DNS has them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// @param text  What stands behind `xn--`, at most 63 octets.
/// @return      The characters; nothing for what is no Punycode, stands for nothing beyond ASCII,
/// or for what is no character. @source RFC 3492 section 6.2.
[[nodiscard]] std::optional<std::u32string> decode_punycode(std::string_view text);

}  // namespace heliograph::pki
