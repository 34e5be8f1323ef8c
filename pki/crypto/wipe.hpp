// SPDX-License-Identifier: Apache-2.0
// For copies of a secret in memory that is not SecretBytes: what a decoder or an encoder returns.
#pragma once

#include <cstddef>
#include <span>

namespace heliograph::pki {

/// Zeroes them. The compiler cannot leave it out, as it may a std::fill before a destructor.
/// @thread Safe. @cost One pass.
void wipe(std::span<std::byte> secret);

}  // namespace heliograph::pki
