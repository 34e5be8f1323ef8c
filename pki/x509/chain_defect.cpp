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

namespace {

struct LibraryRow {
    int library_code;
    ChainDefectCode code;
};

using Code = ChainDefectCode;

constexpr LibraryRow library_rows[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, Code::expired},
    {X509_V_ERR_CERT_NOT_YET_VALID, Code::not_yet_valid},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, Code::untrusted_issuer},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Code::untrusted_issuer},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, Code::untrusted_issuer},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, Code::untrusted_issuer},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, Code::untrusted_issuer},
    {X509_V_ERR_CERT_UNTRUSTED, Code::untrusted_issuer},
    {X509_V_ERR_CERT_REJECTED, Code::untrusted_issuer},
    {X509_V_ERR_SUBJECT_ISSUER_MISMATCH, Code::untrusted_issuer},
    {X509_V_ERR_AKID_SKID_MISMATCH, Code::untrusted_issuer},
    {X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, Code::untrusted_issuer},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, Code::bad_signature},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, Code::bad_signature},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, Code::bad_signature},
    {X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, Code::bad_signature},
    {X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, Code::bad_signature},
    {X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, Code::bad_signature},
    {X509_V_ERR_INVALID_CA, Code::wrong_purpose},
    {X509_V_ERR_INVALID_NON_CA, Code::wrong_purpose},
    {X509_V_ERR_INVALID_PURPOSE, Code::wrong_purpose},
    {X509_V_ERR_KEYUSAGE_NO_CERTSIGN, Code::wrong_purpose},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, Code::wrong_purpose},
    {X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, Code::wrong_purpose},
    {X509_V_ERR_CERT_CHAIN_TOO_LONG, Code::path_too_long},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, Code::path_too_long},
    {X509_V_ERR_PERMITTED_VIOLATION, Code::name_constraint},
    {X509_V_ERR_EXCLUDED_VIOLATION, Code::name_constraint},
    {X509_V_ERR_SUBTREE_MINMAX, Code::name_constraint},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, Code::name_constraint},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, Code::name_constraint},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, Code::name_constraint},
    {X509_V_ERR_EE_KEY_TOO_SMALL, Code::weak_key},
    {X509_V_ERR_CA_KEY_TOO_SMALL, Code::weak_key},
    {X509_V_ERR_CA_MD_TOO_WEAK, Code::weak_key},
    {X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, Code::weak_key},
    {X509_V_ERR_CERT_REVOKED, Code::revoked},
    {X509_V_ERR_UNABLE_TO_GET_CRL, Code::revocation_unknown},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, Code::revocation_unknown},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, Code::revocation_unknown},
    {X509_V_ERR_CRL_HAS_EXPIRED, Code::revocation_list_expired},
    {X509_V_ERR_CRL_NOT_YET_VALID, Code::revocation_list_invalid},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, Code::revocation_list_invalid},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, Code::revocation_list_invalid},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, Code::revocation_list_invalid},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, Code::revocation_list_invalid},
    {X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, Code::revocation_list_invalid},
    {X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, Code::revocation_list_invalid},
    {X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, Code::not_strict},
    {X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, Code::not_strict},
    {X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, Code::not_strict},
    {X509_V_ERR_CA_BCONS_NOT_CRITICAL, Code::not_strict},
    {X509_V_ERR_CA_CERT_MISSING_KEY_USAGE, Code::not_strict},
    {X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, Code::not_strict},
    {X509_V_ERR_ISSUER_NAME_EMPTY, Code::not_strict},
    {X509_V_ERR_SUBJECT_NAME_EMPTY, Code::not_strict},
    {X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, Code::not_strict},
    {X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, Code::not_strict},
    {X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, Code::not_strict},
    {X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER, Code::not_strict},
    {X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, Code::not_strict},
    {X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, Code::not_strict},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, Code::not_strict},
    {X509_V_ERR_INVALID_EXTENSION, Code::not_strict},
};

}  // namespace

ChainDefectCode chain_defect_code(int library_code) {
    for (const LibraryRow& row : library_rows) {
        if (row.library_code == library_code) {
            return row.code;
        }
    }
    return ChainDefectCode::other;
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
