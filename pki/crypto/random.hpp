// SPDX-License-Identifier: Apache-2.0
// Random bytes from the cryptographic library's generator, seeded by the operating system.
#pragma once

#include <pki/base/result.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace heliograph::pki {

/// Fills the whole span with unpredictable bytes.
/// @errors crypto (no entropy). @thread Safe.
[[nodiscard]] Outcome fill_random(std::span<std::byte> target);

/// Lower-case hexadecimal of fresh random bytes, for names of temporary things.
/// @param size_bytes  1 to 64 random bytes; the text is twice as long.
/// @errors crypto. @thread Safe.
[[nodiscard]] Result<std::string> random_hex(std::size_t size_bytes);

}  // namespace heliograph::pki
