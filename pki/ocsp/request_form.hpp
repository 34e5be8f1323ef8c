// SPDX-License-Identifier: Apache-2.0
// Private: whether bytes have the form of an OCSP request that can be answered.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

namespace heliograph::pki {

/// Reads what an answer repeats from a request, in DER and nothing more lenient. libcrypto's reader
/// takes values here that its writer refuses (an algorithm's parameter with the tag of
/// end-of-contents), so an answer to them could not be encoded.
/// @errors malformed (not DER, another layout, no certificate asked for or over ocsp_request_limit,
/// a digest's parameter other than NULL, a nonce that is empty or over ocsp_nonce_limit_bytes),
/// too_large (over ocsp_request_limit_bytes).
/// @source RFC 6960 section 4.1.1; RFC 8954 section 2.1 (the nonce).
[[nodiscard]] Outcome check_ocsp_request_form(ByteSpan request);

}  // namespace heliograph::pki
