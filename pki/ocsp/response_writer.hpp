// SPDX-License-Identifier: Apache-2.0
// Private: OCSP responses as bytes (RFC 6960, section 4.2.1).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/x509/der_writer.hpp>

#include <openssl/types.h>

namespace heliograph::pki {

/// By which an issuer and a responder are named.
[[nodiscard]] Bytes ocsp_digest(ByteSpan bytes, const EVP_MD* digest);

/// One SingleResponse. @param id  A CertID in DER. @errors invalid_argument (a year beyond 9999).
[[nodiscard]] Outcome write_answer(
    DerWriter& out, ByteSpan id, const OcspStatus& status, const OcspLife& life
);

/// The whole OCSPResponse. The responder is named by its key; it is sent along unless it is the
/// issuer.
/// @param produced_at  When it is signed, in the years 0 to 9999.
/// @param answers    SingleResponses, one after the other.
/// @param extension  Of the response, in DER, or nothing.
/// @errors crypto (also: another's key), unsupported.
[[nodiscard]] Result<Bytes> sign_response(
    const OcspSigner& signer, Instant produced_at, const DerWriter& answers, ByteSpan extension = {}
);

}  // namespace heliograph::pki
