// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/chain_defect.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::pki {

std::string_view chain_defect_name(ChainDefectCode code) {
    switch (code) {
        case ChainDefectCode::expired:
            return "expired";
        case ChainDefectCode::not_yet_valid:
            return "not-yet-valid";
        case ChainDefectCode::untrusted_issuer:
            return "untrusted-issuer";
        case ChainDefectCode::bad_signature:
            return "bad-signature";
        case ChainDefectCode::wrong_purpose:
            return "wrong-purpose";
        case ChainDefectCode::not_strict:
            return "not-strict";
        case ChainDefectCode::path_too_long:
            return "path-too-long";
        case ChainDefectCode::name_constraint:
            return "name-constraint";
        case ChainDefectCode::weak_key:
            return "weak-key";
        case ChainDefectCode::revoked:
            return "revoked";
        case ChainDefectCode::revocation_unknown:
            return "revocation-unknown";
        case ChainDefectCode::revocation_list_expired:
            return "revocation-list-expired";
        case ChainDefectCode::revocation_list_invalid:
            return "revocation-list-invalid";
        case ChainDefectCode::other:
            break;
    }
    return "other";
}

ChainDefectCode chain_defect_code(int library_code) {
    switch (library_code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return ChainDefectCode::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return ChainDefectCode::not_yet_valid;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
        case X509_V_ERR_CERT_REJECTED:
        case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
        case X509_V_ERR_AKID_SKID_MISMATCH:
        case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
            return ChainDefectCode::untrusted_issuer;
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
        case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
        case X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH:
        case X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM:
        case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
            return ChainDefectCode::bad_signature;
        case X509_V_ERR_INVALID_CA:
        case X509_V_ERR_INVALID_NON_CA:
        case X509_V_ERR_INVALID_PURPOSE:
        case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
        case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
        case X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE:
            return ChainDefectCode::wrong_purpose;
        case X509_V_ERR_CERT_CHAIN_TOO_LONG:
        case X509_V_ERR_PATH_LENGTH_EXCEEDED:
            return ChainDefectCode::path_too_long;
        case X509_V_ERR_PERMITTED_VIOLATION:
        case X509_V_ERR_EXCLUDED_VIOLATION:
        case X509_V_ERR_SUBTREE_MINMAX:
        case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
        case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
        case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
            return ChainDefectCode::name_constraint;
        case X509_V_ERR_EE_KEY_TOO_SMALL:
        case X509_V_ERR_CA_KEY_TOO_SMALL:
        case X509_V_ERR_CA_MD_TOO_WEAK:
        case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
            return ChainDefectCode::weak_key;
        case X509_V_ERR_CERT_REVOKED:
            return ChainDefectCode::revoked;
        case X509_V_ERR_UNABLE_TO_GET_CRL:
        case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
        case X509_V_ERR_DIFFERENT_CRL_SCOPE:
            return ChainDefectCode::revocation_unknown;
        case X509_V_ERR_CRL_HAS_EXPIRED:
            return ChainDefectCode::revocation_list_expired;
        case X509_V_ERR_CRL_NOT_YET_VALID:
        case X509_V_ERR_CRL_SIGNATURE_FAILURE:
        case X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
        case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        case X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION:
        case X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD:
        case X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD:
            return ChainDefectCode::revocation_list_invalid;
        case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
        case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
        case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
        case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
        case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
        case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
        case X509_V_ERR_ISSUER_NAME_EMPTY:
        case X509_V_ERR_SUBJECT_NAME_EMPTY:
        case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
        case X509_V_ERR_EMPTY_SUBJECT_ALT_NAME:
        case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
        case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
        case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
        case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
        case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
        case X509_V_ERR_INVALID_EXTENSION:
            return ChainDefectCode::not_strict;
        default:
            return ChainDefectCode::other;
    }
}

namespace {

// Server certificates have no subject (RFC 9525 looks at the names alone).
std::string display_name(const Certificate& certificate) {
    if (!certificate.subject().empty()) {
        return certificate.subject();
    }
    for (const auto* names :
         {&certificate.dns_names(), &certificate.ip_addresses(), &certificate.uris()}) {
        if (!names->empty()) {
            return names->front();
        }
    }
    return "serial " + certificate.serial_hex();
}

struct Sentence {
    std::string expected;
    std::string seen;
};

Sentence sentence_for(int library_code, const DefectPlace& place) {
    const bool known = place.certificate != nullptr;
    const std::string who = known ? "'" + display_name(*place.certificate) + "'" : "the chain";
    const std::string at = format_rfc3339(place.at);
    switch (chain_defect_code(library_code)) {
        case ChainDefectCode::expired:
            return {
                "a certificate that is valid at " + at,
                who + ", which expired at " +
                    (known ? format_rfc3339(place.certificate->not_after()) : "?") +
                    "; it must be renewed"};
        case ChainDefectCode::not_yet_valid:
            return {
                "a certificate that is valid at " + at + ", as the clock says",
                who + ", which is valid from " +
                    (known ? format_rfc3339(place.certificate->not_before()) : "?") +
                    "; check the clock of this machine"};
        case ChainDefectCode::untrusted_issuer:
            return {
                "a chain to one of the trusted roots",
                who + (known ? " issued by '" + place.certificate->issuer() + "'" : std::string()) +
                    " and no certificate that leads further"};
        case ChainDefectCode::revoked:
            return {"a certificate that holds", who + ", which its issuer has revoked"};
        case ChainDefectCode::revocation_unknown:
            return {"a revocation list by the issuer of " + who, "none"};
        case ChainDefectCode::revocation_list_expired:
            return {
                "a current revocation list by the issuer of " + who,
                "one that ended before " + at + "; it must be published anew"};
        default:
            return {
                "a strictly valid chain", who + ": " + X509_verify_cert_error_string(library_code)};
    }
}

}  // namespace

ChainDefect make_chain_defect(int library_code, const DefectPlace& place) {
    auto [expected, seen] = sentence_for(library_code, place);
    return {
        chain_defect_code(library_code),
        place.certificate == nullptr ? std::string() : display_name(*place.certificate),
        std::move(expected),
        std::move(seen)};
}

ChainDefect make_purpose_defect(const Certificate& certificate, std::string_view seen) {
    return {
        ChainDefectCode::wrong_purpose,
        display_name(certificate),
        "'" + display_name(certificate) + "' to be issued for this purpose",
        std::string(seen)};
}

bool ChainReport::has(ChainDefectCode code) const {
    return std::any_of(defects.begin(), defects.end(), [code](const ChainDefect& defect) {
        return defect.code == code;
    });
}

std::string ChainReport::summary() const {
    std::string text;
    for (const ChainDefect& defect : defects) {
        text += (text.empty() ? "" : "; ") + defect.message();
    }
    return text;
}

}  // namespace heliograph::pki
