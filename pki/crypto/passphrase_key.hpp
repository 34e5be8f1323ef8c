// SPDX-License-Identifier: Apache-2.0
// A key from a passphrase, at a price that an attacker pays for every guess: scrypt (RFC 7914).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

namespace heliograph::pki {

/// Cost of one guess: 2^log2_n blocks of 1 KiB, mixed one after the other (r 8, p 1).
struct ScryptCost {
    unsigned log2_n = 17;  ///< 128 MiB and about 0.4 s. 10 to 20.
};
inline constexpr unsigned scrypt_log2_n_least = 10;
inline constexpr unsigned scrypt_log2_n_most = 20;

/// @param passphrase  1 to passphrase_limit_bytes, used as it is.
/// @param salt        8 to 64 random bytes that were not used before.
/// @return  32 bytes. @errors invalid_argument (passphrase, salt, cost), crypto (no memory).
/// @thread Safe. @cost What the cost says. @source RFC 7914.
[[nodiscard]] Result<SecretBytes> key_from_passphrase(
    const SecretBytes& passphrase, ByteSpan salt, const ScryptCost& cost
);

}  // namespace heliograph::pki
