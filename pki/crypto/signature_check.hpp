// SPDX-License-Identifier: Apache-2.0
// Checks detached signatures; the schemes are told in signer.hpp.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

#include <cstddef>

namespace heliograph::pki {

/// No signature is longer: that of an RSA key of 8192 bits.
inline constexpr std::size_t signature_limit_bytes = 1024;

/// The message under a signature. A type of its own, so that it cannot change places with the
/// signature.
struct SignedBytes {
    ByteSpan value;
    explicit SignedBytes(ByteSpan bytes) : value(bytes) {}
};

/// The signature itself.
struct SignatureBytes {
    ByteSpan value;
    explicit SignatureBytes(ByteSpan bytes) : value(bytes) {}
};

/// What a check found. There is no third value: what could not be checked is an Error.
enum class SignatureOutcome { valid, invalid };

/// Whether check_signature() knows what to do with a key: no for X25519, yes for all other kinds.
/// @thread Safe. @cost None.
[[nodiscard]] bool checks_signatures(const PublicKey& key);

/// Checks a detached signature over the exact bytes of a message.
/// @param key        P-256, P-384, RSA or Ed25519.
/// @param message    Any bytes.
/// @param signature  As received. Anything that is not strict DER, empty or over-long input too, is
/// `invalid`:
///                   whoever sent it sent no signature.
/// @return           valid or invalid; never an error for any message or signature.
/// @errors unsupported (a key of another kind), crypto (the library failed). @thread Safe. @cost
/// One pass and about 60 us.
[[nodiscard]] Result<SignatureOutcome> check_signature(
    const PublicKey& key, SignedBytes message, SignatureBytes signature
);

}  // namespace heliograph::pki
