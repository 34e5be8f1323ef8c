// SPDX-License-Identifier: Apache-2.0
#include <pki/ocsp/ocsp_handle.hpp>
#include <pki/ocsp/request_form.hpp>
#include <pki/ocsp/responder.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/signing.hpp>

#include <array>

namespace heliograph::pki {

namespace {

Bytes refusal(int status) {
    const OcspResponseHandle response(OCSP_response_create(status, nullptr));
    HG_ASSERT(response != nullptr);
    return encode_der(response.get(), i2d_OCSP_RESPONSE);
}

long reason_code(RevocationReason reason) {
    switch (reason) {
        case RevocationReason::key_compromise:
            return OCSP_REVOKED_STATUS_KEYCOMPROMISE;
        case RevocationReason::affiliation_changed:
            return OCSP_REVOKED_STATUS_AFFILIATIONCHANGED;
        case RevocationReason::superseded:
            return OCSP_REVOKED_STATUS_SUPERSEDED;
        case RevocationReason::cessation_of_operation:
            return OCSP_REVOKED_STATUS_CESSATIONOFOPERATION;
        case RevocationReason::privilege_withdrawn:
            return 9;  // privilegeWithdrawn (RFC 5280, section 5.3.1); the library has no word.
        case RevocationReason::unspecified:
            break;
    }
    return OCSP_REVOKED_STATUS_NOSTATUS;  // Said by leaving it out.
}

// GeneralizedTime always, whatever the year (RFC 6960, section 4.2.2.1).
Result<TimeHandle> response_time_of(Instant instant) {
    TimeHandle time(ASN1_GENERALIZEDTIME_set(
        nullptr, static_cast<std::time_t>(instant.time_since_epoch().count())
    ));
    if (time == nullptr) {
        drain_openssl_errors();
        return Error(
            ErrorCode::invalid_argument, "expected an instant of the years 0 to 9999, saw another"
        );
    }
    return time;
}

Outcome add_status(
    OCSP_BASICRESP* basic, OCSP_CERTID* id, const OcspStatus& status, const OcspLife& life
) {
    HG_TRY(const TimeHandle from, response_time_of(life.this_update));
    HG_TRY(const TimeHandle until, response_time_of(life.next_update));
    const bool revoked = status.state == OcspState::revoked;
    TimeHandle at;
    if (revoked) {
        HG_TRY(at, response_time_of(status.revoked_at));
    }
    const int word = revoked                           ? V_OCSP_CERTSTATUS_REVOKED
                     : status.state == OcspState::good ? V_OCSP_CERTSTATUS_GOOD
                                                       : V_OCSP_CERTSTATUS_UNKNOWN;
    const auto* const added = OCSP_basic_add1_status(
        basic,
        id,
        word,
        static_cast<int>(revoked ? reason_code(status.reason) : OCSP_REVOKED_STATUS_NOSTATUS),
        at.get(),
        from.get(),
        until.get()
    );
    return added != nullptr ? Outcome() : openssl_error(ErrorCode::crypto, "answer for a serial");
}

OcspIdHandle id_of(const EVP_MD* digest, const Certificate& issuer, const ASN1_INTEGER* serial) {
    OcspIdHandle id(OCSP_cert_id_new(
        digest,
        X509_get_subject_name(issuer.native()),
        X509_get0_pubkey_bitstr(issuer.native()),
        serial
    ));
    HG_ASSERT(id != nullptr);
    return id;
}

// SHA-1 here is a name for an issuer, as every client in use writes it, and no promise of anything.
const EVP_MD* digest_of(OCSP_CERTID* id) {
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

bool is_of_issuer(OCSP_CERTID* id, const Certificate& issuer) {
    const EVP_MD* const digest = digest_of(id);
    return digest != nullptr &&
           OCSP_id_issuer_cmp(id_of(digest, issuer, serial_in(id)).get(), id) == 0;
}

Result<Bytes> sign_response(OCSP_BASICRESP* basic, const OcspSigner& signer) {
    const bool delegated = !(signer.certificate == signer.issuer);
    const unsigned long flags = OCSP_RESPID_KEY | (delegated ? 0UL : OCSP_NOCERTS);
    HG_CHECK(check(
        OCSP_basic_sign(
            basic,
            signer.certificate.native(),
            signer.key.native(),
            signing_digest(signer.key),
            nullptr,
            flags
        ),
        "sign an OCSP response"
    ));
    const OcspResponseHandle response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic));
    if (response == nullptr) {
        return openssl_error(ErrorCode::crypto, "make an OCSP response");
    }
    return encode_der(response.get(), i2d_OCSP_RESPONSE);
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
    HG_TRY(const IntegerHandle serial, serial_number_of(serial_hex));
    const OcspBasicHandle basic(OCSP_BASICRESP_new());
    HG_ASSERT(basic != nullptr);
    for (const EVP_MD* const digest : {EVP_sha1(), EVP_sha256()}) {
        const OcspIdHandle id = id_of(digest, signer.issuer, serial.get());
        HG_CHECK(add_status(basic.get(), id.get(), status, life));
    }
    return sign_response(basic.get(), signer);
}

bool asks_about(ByteSpan request, const Certificate& issuer) {
    const OcspRequestHandle asked = parse_request(request);
    const int count = asked == nullptr ? 0 : OCSP_request_onereq_count(asked.get());
    for (int i = 0; i < count; ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), i));
        if (is_of_issuer(id, issuer)) {
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
    const OcspBasicHandle basic(OCSP_BASICRESP_new());
    HG_ASSERT(basic != nullptr);
    const int count = OCSP_request_onereq_count(asked.get());
    int ours = 0;
    for (int i = 0; i < count; ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), i));
        OcspStatus status;
        const auto serial = serial_text_of(serial_in(id));
        if (serial && is_of_issuer(id, signer.issuer)) {
            ++ours;
            HG_TRY(status, lookup(*serial));
        }
        HG_CHECK(add_status(basic.get(), id, status, life));
    }
    if (ours == 0) {
        return refusal(OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    }
    // 1: copied, 2: there was none.
    if (OCSP_copy_nonce(basic.get(), asked.get()) <= 0) {
        return openssl_error(ErrorCode::crypto, "repeat a nonce");
    }
    return sign_response(basic.get(), signer);
}

}  // namespace heliograph::pki
