// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/der_literal.hpp>
#include <pki/ocsp/ocsp_handle.hpp>
#include <pki/ocsp/request_form.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/ocsp/response_writer.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/certificate_fields.hpp>

#include <array>

namespace heliograph::pki {

namespace {

Bytes refusal(int status) {
    const OcspResponseHandle response(OCSP_response_create(status, nullptr));
    HG_ASSERT(response != nullptr);
    return encode_der(response.get(), i2d_OCSP_RESPONSE);
}

// SHA-1 here is a name for an issuer, as every client in use writes it, and no promise of anything.
struct NameDigest {
    const EVP_MD* digest;
    ByteSpan algorithm;
};

std::array<NameDigest, 2> name_digests() {
    static constexpr auto sha1_algorithm = der_hex<"300906052b0e03021a0500">();
    static constexpr auto sha256_algorithm = der_hex<"300d06096086480165030402010500">();
    return {{{EVP_sha1(), sha1_algorithm}, {EVP_sha256(), sha256_algorithm}}};
}

// What a certificate's id says of its issuer (RFC 6960, section 4.1.1).
struct IssuerId {
    Bytes name;
    Bytes key;
};

IssuerId id_of(const CertificateFields& issuer, const EVP_MD* digest) {
    return {ocsp_digest(issuer.subject.raw, digest), ocsp_digest(issuer.key, digest)};
}

const EVP_MD* digest_in(OCSP_CERTID* id) {
    ASN1_OBJECT* algorithm = nullptr;
    HG_ASSERT(OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, id) == 1);
    switch (OBJ_obj2nid(algorithm)) {
        case NID_sha1:
            return EVP_sha1();
        case NID_sha256:
            return EVP_sha256();
        default:
            return nullptr;
    }
}

const ASN1_INTEGER* serial_in(OCSP_CERTID* id) {
    ASN1_INTEGER* serial = nullptr;
    HG_ASSERT(OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id) == 1);
    return serial;
}

bool is_of_issuer(OCSP_CERTID* id, const CertificateFields& issuer) {
    const EVP_MD* const digest = digest_in(id);
    if (digest == nullptr) {
        return false;
    }
    ASN1_OCTET_STRING* name = nullptr;
    ASN1_OCTET_STRING* key = nullptr;
    HG_ASSERT(OCSP_id_get0_info(&name, nullptr, &key, nullptr, id) == 1);
    const auto holds = [](const ASN1_OCTET_STRING* octets, const Bytes& wanted) {
        const auto size = static_cast<std::size_t>(ASN1_STRING_length(octets));
        return to_bytes(std::as_bytes(std::span(ASN1_STRING_get0_data(octets), size))) == wanted;
    };
    const IssuerId wanted = id_of(issuer, digest);
    return holds(name, wanted.name) && holds(key, wanted.key);
}

// CertID. @param serial  Its magnitude.
Bytes write_id(const NameDigest& digest, const CertificateFields& issuer, ByteSpan serial) {
    const IssuerId id = id_of(issuer, digest.digest);
    DerWriter out(128);
    out.nest(DerTag::sequence, [&] {
        out.raw(digest.algorithm);
        out.element(DerTag::octet_string, id.name);
        out.element(DerTag::octet_string, id.key);
        out.unsigned_integer(serial);
    });
    return out.take();
}

OcspRequestHandle parse_request(ByteSpan bytes) {
    if (!check_ocsp_request_form(bytes)) {
        return nullptr;
    }
    const unsigned char* cursor = openssl_bytes(bytes);
    OcspRequestHandle request(d2i_OCSP_REQUEST(nullptr, &cursor, static_cast<long>(bytes.size())));
    drain_openssl_errors();
    return request;
}

// The nonce's extension, to be repeated as it came; nothing if there is none.
Bytes nonce_in(OCSP_REQUEST* request) {
    const int place = OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1);
    return place < 0 ? Bytes()
                     : encode_der(OCSP_REQUEST_get_ext(request, place), i2d_X509_EXTENSION);
}

}  // namespace

Result<Bytes> make_ocsp_response(
    std::string_view serial_hex,
    const OcspStatus& status,
    const OcspSigner& signer,
    const OcspLife& life
) {
    if (life.next_update <= life.this_update) {
        return Error(
            ErrorCode::invalid_argument, "expected a response that lives for a while, saw no time"
        );
    }
    HG_CHECK(serial_number_of(serial_hex));
    HG_TRY(const Bytes serial, decode_hex(serial_hex));
    HG_TRY(const CertificateFields issuer, read_certificate_fields(signer.issuer.to_der()));
    DerWriter answers;
    for (const NameDigest& digest : name_digests()) {
        HG_CHECK(write_answer(answers, write_id(digest, issuer, serial), status, life));
    }
    return sign_response(signer, life.produced_at, answers);
}

bool asks_about(ByteSpan request, const Certificate& issuer) {
    const OcspRequestHandle asked = parse_request(request);
    const auto fields = read_certificate_fields(issuer.to_der());
    const int count = asked == nullptr || !fields ? 0 : OCSP_request_onereq_count(asked.get());
    for (int i = 0; i < count; ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), i));
        if (is_of_issuer(id, *fields)) {
            return true;
        }
    }
    return false;
}

Result<Bytes> answer_ocsp(
    ByteSpan request, const OcspSigner& signer, const OcspLife& life, const OcspLookup& lookup
) {
    const OcspRequestHandle asked = parse_request(request);
    if (asked == nullptr) {
        return refusal(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
    }
    HG_TRY(const CertificateFields issuer, read_certificate_fields(signer.issuer.to_der()));
    DerWriter answers;
    const int count = OCSP_request_onereq_count(asked.get());
    int ours = 0;
    for (int i = 0; i < count; ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), i));
        OcspStatus status;
        const auto serial = serial_text_of(serial_in(id));
        if (serial && is_of_issuer(id, issuer)) {
            ++ours;
            HG_TRY(status, lookup(*serial));
        }
        HG_CHECK(write_answer(answers, encode_der(id, i2d_OCSP_CERTID), status, life));
    }
    if (ours == 0) {
        return refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    }
    return sign_response(signer, life.produced_at, answers, nonce_in(asked.get()));
}

std::optional<std::string_view> ocsp_refusal(ByteSpan response) {
    const Bytes whole = to_bytes(response);
    if (whole == refusal(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST)) {
        return "malformedRequest";
    }
    if (whole == refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED)) {
        return "unauthorized";
    }
    return std::nullopt;
}

}  // namespace heliograph::pki
