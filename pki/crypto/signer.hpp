// SPDX-License-Identifier: Apache-2.0
// Detached signatures, one scheme for each kind of key: ECDSA over SHA-256 as a DER Ecdsa-Sig-Value
// (RFC 3279, section 2.2.3; RFC 5758, section 3.2), RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017,
// section 8.2), Ed25519 (RFC 8032).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

namespace heliograph::pki {

/// Signs the exact bytes; `openssl dgst -sha256 -verify` agrees, for Ed25519 `openssl pkeyutl
/// -verify -rawin`.
/// @param key      P-256, P-384, RSA or Ed25519.
/// @param message  Any bytes.
/// @return         The signature, at most signature_limit_bytes.
/// @errors unsupported (a key of another kind), crypto. @thread Safe. @cost One pass and about 25
/// us.
[[nodiscard]] Result<Bytes> sign(const PrivateKey& key, ByteSpan message);

}  // namespace heliograph::pki
