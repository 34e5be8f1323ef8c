// SPDX-License-Identifier: Apache-2.0
// Owned and borrowed byte strings, and the two views between bytes and text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph {

using Bytes = std::vector<std::byte>;
using ByteSpan = std::span<const std::byte>;

/// The bytes of a text, not copied. The view lives as long as the text.
[[nodiscard]] inline ByteSpan bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Bytes seen as text, not copied and not checked for any encoding.
[[nodiscard]] inline std::string_view text_of(ByteSpan bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// An owned copy.
[[nodiscard]] inline Bytes to_bytes(ByteSpan bytes) {
    return {bytes.begin(), bytes.end()};
}
[[nodiscard]] inline Bytes to_bytes(std::string_view text) {
    return to_bytes(bytes_of(text));
}

/// Compares without an early exit, so that time tells nothing of where two secrets differ.
/// @return  Equal; spans of different length are unequal at once (length is not a secret).
/// @thread  Safe. @cost One pass.
[[nodiscard]] bool equal_in_constant_time(ByteSpan left, ByteSpan right);

}  // namespace heliograph
