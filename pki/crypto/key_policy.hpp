// SPDX-License-Identifier: Apache-2.0
// Private: which keys are strong enough and well enough known to be used at all.
#pragma once

#include <pki/base/result.hpp>

#include <optional>
#include <string>

struct evp_pkey_st;

namespace heliograph::pki {

/// EC on the named curves P-256 and P-384, Ed25519, X25519, RSA of 2048 to 8192 bits.
/// @errors unsupported. @source RFC 5480 section 2.1.1 (named curves only).
[[nodiscard]] Outcome check_key_policy(evp_pkey_st* key);

/// What is asked of a key in a request beyond that, for it is to be believed by others: an
/// uncompressed point, and an RSA exponent from 65537.
/// @errors unsupported. @source RFC 5480 section 2.2; CA/B Forum BR section 6.1.6.
[[nodiscard]] Outcome check_requested_key(evp_pkey_st* key);

/// P-256 or P-384.
[[nodiscard]] bool is_ecdsa_key(evp_pkey_st* key);

/// How detached signatures are made with a key.
struct SigningScheme {
    const char* digest;  ///< The library's name; null for Ed25519, which brings its own.
};

/// None for a key that does not sign (X25519).
[[nodiscard]] std::optional<SigningScheme> signing_scheme(evp_pkey_st* key);

/// `EC P-256`, `Ed25519`, `RSA 2048`; the library's word for other kinds.
[[nodiscard]] std::string describe_key(evp_pkey_st* key);

}  // namespace heliograph::pki
