// SPDX-License-Identifier: Apache-2.0
// Private: the signature that an authority put under a certificate or a list. The one place where
// path validation asks the cryptographic library.
#pragma once

#include <pki/crypto/key.hpp>
#include <pki/x509/certificate_fields.hpp>

namespace heliograph::pki {

enum class IssuedSignature {
    good,
    wrong,
    weak,         ///< SHA-1 or MD5: not looked at.
    unsupported,  ///< An algorithm or parameters that are not known here.
};

/// What was signed, with what, as found in a certificate or list.
struct SignedPart {
    const AlgorithmField& algorithm;
    ByteSpan bytes;
    ByteSpan signature;
};

/// @errors crypto (the library failed). @thread Safe. @cost One signature check.
/// @source RFC 4055, RFC 5758, RFC 8410.
[[nodiscard]] Result<IssuedSignature> check_issued_signature(
    const SignedPart& part, const PublicKey& key
);

/// Whether the algorithm's digest is broken (SHA-1, MD5). @source RFC 6194.
[[nodiscard]] bool is_weak_signature_algorithm(std::string_view oid);

/// Whether the parameters are what the algorithm's standard prescribes: NULL for RSA, none for
/// ECDSA and EdDSA.
[[nodiscard]] bool has_standard_parameters(const AlgorithmField& algorithm);

/// `ecdsa-with-SHA256`; the object id for others.
[[nodiscard]] std::string signature_algorithm_name(std::string_view oid);

}  // namespace heliograph::pki
