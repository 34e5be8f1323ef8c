// SPDX-License-Identifier: Apache-2.0
// Private: what all certificates have in common, as bytes. It knows no policy: names are checked
// before, and the gate judges what comes out.
#pragma once

#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/der_writer.hpp>
#include <pki/x509/profile.hpp>

#include <array>
#include <string_view>

namespace heliograph::pki {

/// 128 random bits; the number is their value.
using SerialBits = std::array<std::byte, 16>;

/// @errors crypto.
[[nodiscard]] Result<SerialBits> fresh_serial();

/// Whole elements in DER but for serial and life.
struct CertificateFrame {
    SerialBits serial;
    ByteSpan algorithm;  ///< Of the signature.
    ByteSpan issuer;
    Validity validity;
    ByteSpan subject;
    ByteSpan spki;
};

/// TBSCertificate, version 3. @param extensions  Writes at least one.
/// @source RFC 5280 section 4.1.
void write_tbs_certificate(
    DerWriter& out, const CertificateFrame& frame, std::invocable auto extensions
) {
    out.nest(DerTag::sequence, [&] {
        constexpr std::uint8_t version_3 = 2;
        out.nest(DerTag::context_0_constructed, [&] { out.small_integer(version_3); });
        out.unsigned_integer(frame.serial);
        out.raw(frame.algorithm);
        out.raw(frame.issuer);
        out.nest(DerTag::sequence, [&] {
            out.time(frame.validity.not_before);
            out.time(frame.validity.not_after);
        });
        out.raw(frame.subject);
        out.raw(frame.spki);
        out.nest(DerTag::context_3_constructed, [&] { out.nest(DerTag::sequence, extensions); });
    });
}

struct SubjectName {
    std::string_view organization = {};  ///< Left out if empty, as the other is.
    std::string_view common_name = {};
};

/// A Name in DER: text of UTF-8.
[[nodiscard]] Bytes write_name(const SubjectName& name);

/// What an issuer gives to what it signs.
struct IssuerMarks {
    Bytes name;  ///< Its subject, byte for byte.
    Bytes key_id;
};

/// @errors invalid_argument (no key id), malformed.
[[nodiscard]] Result<IssuerMarks> marks_of(const Certificate& issuer);

}  // namespace heliograph::pki
