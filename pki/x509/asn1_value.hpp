// SPDX-License-Identifier: Apache-2.0
// Private: from the library's ASN.1 values to ours and back.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <string>

namespace heliograph::pki {

/// @errors malformed. @source RFC 5280 section 4.1.2.5.
[[nodiscard]] Result<Instant> instant_of(const ASN1_TIME* time);

/// UTCTime through 2049, GeneralizedTime from 2050. @errors invalid_argument (year outside 1950 to
/// 9999).
[[nodiscard]] Result<TimeHandle> asn1_time_of(Instant instant);

/// Lower-case hexadecimal of a positive number of at most 20 octets. @errors malformed. @source RFC
/// 5280 section 4.1.2.2.
[[nodiscard]] Result<std::string> serial_text_of(const ASN1_INTEGER* number);

/// The reverse of serial_text_of. @errors invalid_argument.
[[nodiscard]] Result<IntegerHandle> serial_number_of(std::string_view hex);

/// RFC 2253 form; control characters are escaped, so that it can be printed.
[[nodiscard]] std::string name_text_of(const X509_NAME* name);

/// The last CN, control characters escaped; empty if there is none.
[[nodiscard]] std::string common_name_of(const X509_NAME* name);

/// Decodes one extension.
/// @return  Null if it is absent.
/// @errors malformed (undecodable, or there twice: RFC 5280 section 4.2).
template <typename Handle, typename Owner, typename Get>
[[nodiscard]] Result<Handle> decode_extension(const Owner* owner, int nid, Get get) {
    constexpr int absent = -1;
    int state = 0;
    Handle value(static_cast<typename Handle::pointer>(get(owner, nid, &state, nullptr)));
    if (value == nullptr && state != absent) {
        drain_openssl_errors();
        return Error(
            ErrorCode::malformed,
            std::string("expected a well-formed extension ") + OBJ_nid2ln(nid) +
                " at most once, saw something else"
        );
    }
    return value;
}

}  // namespace heliograph::pki
