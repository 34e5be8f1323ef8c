// SPDX-License-Identifier: Apache-2.0
// Private: every field of an OCSP response (RFC 6960, section 4.2.1), read by our own DER reader.
// The judgement and lint look at these alone.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/name_field.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

/// Certificates and answers in one response, at most.
inline constexpr std::size_t ocsp_certificate_limit = 8;
inline constexpr std::size_t ocsp_answer_limit = 1024;

/// CertID: whose certificate an answer is about.
struct OcspIdField {
    std::string digest = {};  ///< Object id.
    ByteSpan issuer_name_hash = {};
    ByteSpan issuer_key_hash = {};
    ByteSpan serial = {};  ///< Content of the INTEGER.
};

/// SingleResponse.
struct OcspAnswerField {
    OcspIdField id = {};
    OcspState state = OcspState::unknown;
    Instant revoked_at = {};                   ///< Of a revoked one.
    std::optional<std::uint32_t> reason = {};  ///< CRLReason, as it stands there.
    Instant this_update = {};
    std::optional<Instant> next_update = {};
};

/// ResponderID: one of the two.
struct OcspResponderField {
    std::optional<NameField> name = {};
    std::optional<ByteSpan> key_hash = {};  ///< SHA-1 of the key's bits.
};

struct OcspFields {
    std::shared_ptr<const Bytes> der = {};  ///< What all spans look into.
    std::uint32_t status = 0;  ///< OCSPResponseStatus; all else is empty unless it is 0.
    ByteSpan signed_part = {};
    AlgorithmField algorithm = {};
    ByteSpan signature = {};
    OcspResponderField responder = {};
    Instant produced = {};
    std::vector<OcspAnswerField> answers = {};
    std::vector<ByteSpan> certificates = {};  ///< In DER, unread.
    bool has_unknown_critical = false;        ///< Of the response or of an answer.
};

/// @param der  At most ocsp_response_limit_bytes. @errors malformed (also: a successful response
/// without a basic one), too_large. @thread Safe. @cost One pass.
[[nodiscard]] Result<OcspFields> read_ocsp_fields(ByteSpan der);

}  // namespace heliograph::pki
