// SPDX-License-Identifier: Apache-2.0
// HMAC with SHA-256 (RFC 2104, FIPS 198-1).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <array>
#include <cstddef>

namespace heliograph::pki {

/// Compare it with equal_in_constant_time() only.
using HmacSha256 = std::array<std::byte, 32>;

/// @param key  Any length; 32 random bytes are right.
/// @errors crypto. @thread Safe. @cost One pass.
[[nodiscard]] Result<HmacSha256> hmac_sha256(const SecretBytes& key, ByteSpan message);

}  // namespace heliograph::pki
