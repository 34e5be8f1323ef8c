// SPDX-License-Identifier: Apache-2.0
// Detached signatures: ECDSA over SHA-256, as a DER Ecdsa-Sig-Value (RFC 3279, section 2.2.3; RFC
// 5758, section 3.2).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

namespace heliograph::pki {

/// Signs the exact bytes; `openssl dgst -sha256 -verify` agrees.
/// @param key      P-256 or P-384.
/// @param message  Any bytes.
/// @return         DER signature, at most signature_limit_bytes.
/// @errors unsupported (a key of another kind), crypto. @thread Safe. @cost One pass and about 25
/// us.
[[nodiscard]] Result<Bytes> sign(const PrivateKey& key, ByteSpan message);

}  // namespace heliograph::pki
