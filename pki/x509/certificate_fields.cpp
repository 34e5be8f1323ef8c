// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/signed_envelope.hpp>
#include <pki/x509/time_field.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

Error wrong_field(std::string_view what) {
    return {ErrorCode::malformed, "expected " + std::string(what) + ", saw something else"};
}

Outcome read_version_and_serial(DerReader& reader, CertificateFields& fields, ReadingMode mode) {
    HG_TRY(const auto version, reader.optional(der_tag::context_constructed(0)));
    if (version) {
        HG_TRY(
            const DerValue number, read_der(version->content, der_tag::integer, "a version number")
        );
        HG_TRY(const std::uint32_t value, der_small_number(number));
        if (value != 1 && value != 2 && mode == ReadingMode::strict) {
            return wrong_field("version 2 or 3, for version 1 is left out");
        }
        fields.version = value + 1;
        fields.has_written_version = value == 0;
    }
    HG_TRY(const DerValue serial, reader.expect(der_tag::integer, "a serial number"));
    HG_TRY(fields.serial, der_integer(serial));
    return {};
}

Outcome read_validity_field(DerReader& reader, CertificateFields& fields, ReadingMode mode) {
    HG_TRY(const DerValue validity, reader.expect(der_tag::sequence, "a time of validity"));
    DerReader times(validity.content);
    HG_TRY(const DerValue begin, times.next());
    HG_TRY(const DerValue end, times.next());
    HG_CHECK(times.finish("a time of validity"));
    HG_TRY(const TimeField from, read_time(begin, mode));
    HG_TRY(const TimeField until, read_time(end, mode));
    fields.not_before = from.at;
    fields.not_before_tag = from.tag;
    fields.not_after = until.at;
    fields.not_after_tag = until.tag;
    for (const std::string& text : {from.odd_text, until.odd_text}) {
        if (!text.empty()) {
            fields.odd_times.push_back(text);
        }
    }
    return {};
}

Outcome read_key_field(DerReader& reader, CertificateFields& fields) {
    HG_TRY(KeyField key, read_key(reader));
    fields.spki = key.whole;
    fields.key_algorithm = std::move(key.algorithm);
    fields.key = key.octets;
    return {};
}

Outcome read_unique_ids(DerReader& reader, CertificateFields& fields) {
    for (const unsigned number : {1U, 2U}) {
        HG_TRY(const auto id, reader.optional(der_tag::context(number)));
        if (id) {
            HG_TRY(const DerBits bits, der_bits(*id));
            fields.has_unique_ids = bits.unused <= 7;
        }
    }
    return {};
}

Outcome read_tbs(const DerValue& tbs, CertificateFields& fields, ReadingMode mode) {
    DerReader reader(tbs.content);
    HG_CHECK(read_version_and_serial(reader, fields, mode));
    HG_TRY(const DerValue algorithm, reader.expect(der_tag::sequence, "a signature algorithm"));
    HG_TRY(fields.inner_algorithm, read_algorithm(algorithm));
    HG_TRY(const DerValue issuer, reader.expect(der_tag::sequence, "an issuer"));
    HG_TRY(fields.issuer, read_name(issuer, mode));
    HG_CHECK(read_validity_field(reader, fields, mode));
    HG_TRY(const DerValue subject, reader.expect(der_tag::sequence, "a subject"));
    HG_TRY(fields.subject, read_name(subject, mode));
    HG_CHECK(read_key_field(reader, fields));
    HG_CHECK(read_unique_ids(reader, fields));
    HG_TRY(const auto extensions, reader.optional(der_tag::context_constructed(3)));
    if (extensions) {
        HG_TRY(const DerValue list, read_der(extensions->content, der_tag::sequence, "extensions"));
        HG_TRY(fields.extensions, read_extensions(list.content, mode));
        fields.has_empty_extensions = fields.extensions.empty();
    }
    return reader.finish("a certificate's signed part");
}

}  // namespace

const ExtensionField* CertificateFields::extension(std::string_view wanted) const {
    const auto found = std::find_if(extensions.begin(), extensions.end(), [&](const auto& one) {
        return one.oid == wanted;
    });
    return found == extensions.end() ? nullptr : &*found;
}

bool CertificateFields::is_critical(std::string_view wanted) const {
    const ExtensionField* const found = extension(wanted);
    return found != nullptr && found->critical;
}

bool CertificateFields::has_purpose(std::string_view wanted) const {
    return purposes && std::find(purposes->begin(), purposes->end(), wanted) != purposes->end();
}

Result<AlgorithmField> read_algorithm(const DerValue& value) {
    AlgorithmField algorithm;
    algorithm.whole = value.whole;
    DerReader parts(value.content);
    HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "an algorithm"));
    HG_TRY(algorithm.oid, der_object_id(type));
    if (!parts.at_end()) {
        HG_TRY(const DerValue parameters, parts.next());
        algorithm.parameters = parameters.whole;
    }
    HG_CHECK(parts.finish("an algorithm"));
    return algorithm;
}

Result<std::vector<ExtensionField>> read_extensions(ByteSpan content, ReadingMode mode) {
    constexpr std::size_t limit = 256;
    std::vector<ExtensionField> list;
    DerReader reader(content);
    while (!reader.at_end()) {
        HG_TRY(const DerValue value, reader.expect(der_tag::sequence, "an extension"));
        DerReader parts(value.content);
        ExtensionField extension;
        HG_TRY(const DerValue type, parts.expect(der_tag::object_id, "an extension's type"));
        HG_TRY(extension.oid, der_object_id(type));
        HG_TRY(const auto critical, parts.optional(der_tag::boolean));
        if (critical) {
            HG_TRY(extension.critical, der_boolean(*critical));
            extension.has_written_default = !extension.critical;
            if (extension.has_written_default && mode == ReadingMode::strict) {
                return wrong_field("a default value to be left out (X.690, section 11.5)");
            }
        }
        HG_TRY(const DerValue bytes, parts.expect(der_tag::octet_string, "an extension's value"));
        HG_CHECK(parts.finish("an extension"));
        extension.value = bytes.content;
        if (list.size() == limit) {
            return Error(ErrorCode::too_large, "expected at most 256 extensions, saw more");
        }
        list.push_back(extension);
    }
    if (list.empty() && mode == ReadingMode::strict) {
        return wrong_field("at least one extension");
    }
    return list;
}

Result<CertificateFields> read_certificate_fields(ByteSpan der, ReadingMode mode) {
    if (der.size() > certificate_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a certificate of at most 64 KiB, saw more");
    }
    CertificateFields fields;
    fields.der = std::make_shared<const Bytes>(to_bytes(der));
    HG_TRY(SignedEnvelope envelope, read_signed_envelope(*fields.der, "a certificate"));
    fields.tbs = envelope.tbs.whole;
    fields.outer_algorithm = std::move(envelope.signature.algorithm);
    fields.signature = envelope.signature.octets;
    HG_CHECK(read_tbs(envelope.tbs, fields, mode));
    decode_extensions(fields, mode);
    return fields;
}

// The magnitude: a zero before the top bit is the sign's (X.690, section 8.3.3).
std::string serial_hex_of(const CertificateFields& fields) {
    const bool padded = fields.serial.size() > 1 && fields.serial.front() == std::byte{0};
    return encode_hex(fields.serial.subspan(padded ? 1 : 0));
}

}  // namespace heliograph::pki
