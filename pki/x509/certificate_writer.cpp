// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/crypto/random.hpp>
#include <pki/x509/certificate_writer.hpp>

namespace heliograph::pki {

namespace {

constexpr auto oid_common_name = der_object_id_of<oid::common_name>();
constexpr auto oid_organization = der_object_id_of<oid::organization>();

}  // namespace

Result<SerialBits> fresh_serial() {
    SerialBits serial{};
    HG_CHECK(fill_random(serial));
    return serial;
}

Bytes write_name(const SubjectName& name) {
    DerWriter out(128);
    out.nest(DerTag::sequence, [&] {
        const auto attribute = [&out](ByteSpan type, std::string_view text) {
            if (!text.empty()) {
                out.nest(DerTag::set, [&] {
                    out.nest(DerTag::sequence, [&] {
                        out.element(DerTag::object_id, type);
                        out.element(DerTag::utf8_string, text);
                    });
                });
            }
        };
        attribute(oid_organization, name.organization);
        attribute(oid_common_name, name.common_name);
    });
    return out.take();
}

Result<IssuerMarks> marks_of(const Certificate& issuer) {
    HG_TRY(const CertificateFields fields, read_certificate_fields(issuer.to_der()));
    if (!fields.subject_key_id) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an issuer certificate with a subject key identifier, saw one without"
        );
    }
    return IssuerMarks{to_bytes(fields.subject.raw), to_bytes(*fields.subject_key_id)};
}

}  // namespace heliograph::pki
