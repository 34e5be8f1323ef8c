// SPDX-License-Identifier: Apache-2.0
// OCSP (RFC 6960; RFC 5019): a request as bytes in, a response as bytes out; and responses that are
// signed ahead, to be served as files or stapled.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/profile.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace heliograph::pki {

/// A request is at most this long, and asks for at most so many certificates.
inline constexpr std::size_t ocsp_request_limit_bytes = 16U * 1024U;
inline constexpr std::size_t ocsp_request_limit = 16;
/// A nonce is 1 to 32 octets. @source RFC 8954 section 2.1.
inline constexpr std::size_t ocsp_nonce_limit_bytes = 32;

/// What an authority knows of one of its serials.
enum class OcspState { good, revoked, unknown };

struct OcspStatus {
    OcspState state = OcspState::unknown;
    Instant revoked_at = {};  ///< Of a revoked one.
    RevocationReason reason = RevocationReason::unspecified;
};

/// Who answers for whom. The signer is the issuer itself, or a certificate of LeafKind::ocsp that
/// the issuer signed, which is then sent along.
struct OcspSigner {
    const Certificate& issuer;
    const Certificate& certificate;
    const PrivateKey& key;
};

/// thisUpdate, nextUpdate and producedAt of the responses.
struct OcspLife {
    Instant this_update;
    Instant next_update;
    Instant produced_at;  ///< When it is signed.
};

/// Says what is known of a serial, lower-case hexadecimal as Certificate::serial_hex.
using OcspLookup = std::function<Result<OcspStatus>(std::string_view serial_hex)>;

/// A response signed ahead for one serial, under certificate ids of SHA-1 and SHA-256, no nonce.
/// @return  DER of OCSPResponse. @errors invalid_argument (serial, life), crypto. @thread Safe.
/// @cost One signature. @source RFC 5019 section 2.2.
[[nodiscard]] Result<Bytes> make_ocsp_response(
    std::string_view serial_hex,
    const OcspStatus& status,
    const OcspSigner& signer,
    const OcspLife& life
);

/// Whether a request names a certificate of this issuer: for a responder that has several. False
/// for what is no request. @thread Safe. @cost A digest or two.
[[nodiscard]] bool asks_about(ByteSpan request, const Certificate& issuer);

/// Answers one request. Whatever the request says, the outcome is a response that can be sent:
/// `malformedRequest` for what is no request or breaks the limits above, `unauthorized` when none
/// of the certificates is of this issuer, else a signed answer for each certificate; one of another
/// issuer beside ours is `unknown`. A signature on the request is not looked at.
/// @param request  DER, as it came.
/// @errors Those of @p lookup, and crypto; an HTTP server says `tryLater` or 500 then.
/// @thread Safe as far as @p lookup is. @cost One signature.
/// @source RFC 6960 sections 2.3, 4.2.2.3 and 4.4.1; RFC 5019 section 2.2.3.
[[nodiscard]] Result<Bytes> answer_ocsp(
    ByteSpan request, const OcspSigner& signer, const OcspLife& life, const OcspLookup& lookup
);

/// What a response of answer_ocsp() says instead of an answer: `malformedRequest` or
/// `unauthorized`; nothing for one that answers. @thread Safe. @source RFC 6960 section 4.2.1.
[[nodiscard]] std::optional<std::string_view> ocsp_refusal(ByteSpan response);

}  // namespace heliograph::pki
