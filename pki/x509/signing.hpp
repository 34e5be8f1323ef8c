// SPDX-License-Identifier: Apache-2.0
// Private: which digest goes with which key.
#pragma once

#include <pki/crypto/key.hpp>
#include <pki/crypto/openssl_handle.hpp>

namespace heliograph::pki {

/// SHA-256 with P-256 and RSA, SHA-384 with P-384, none with Ed25519, which brings its own (RFC
/// 8410).
[[nodiscard]] inline const EVP_MD* signing_digest(const PrivateKey& key) {
    if (EVP_PKEY_is_a(key.native(), "ED25519") == 1) {
        return nullptr;
    }
    const bool longer =
        EVP_PKEY_is_a(key.native(), "EC") == 1 && EVP_PKEY_get_bits(key.native()) > 256;
    return longer ? EVP_sha384() : EVP_sha256();
}

}  // namespace heliograph::pki
