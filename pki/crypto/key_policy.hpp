// SPDX-License-Identifier: Apache-2.0
// Private: which keys are strong enough and well enough known to be used at all.
#pragma once

#include <pki/base/result.hpp>

#include <string>

struct evp_pkey_st;

namespace heliograph::pki {

/// EC on the named curves P-256 and P-384, Ed25519, RSA of 2048 to 8192 bits.
/// @errors unsupported. @source RFC 5480 section 2.1.1 (named curves only).
[[nodiscard]] Outcome check_key_policy(evp_pkey_st* key);

/// P-256 or P-384: what ECDSA over SHA-256 is made with here.
[[nodiscard]] bool is_ecdsa_key(evp_pkey_st* key);

/// `EC P-256`, `Ed25519`, `RSA 2048`; the library's word for other kinds.
[[nodiscard]] std::string describe_key(evp_pkey_st* key);

}  // namespace heliograph::pki
