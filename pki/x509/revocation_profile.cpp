// SPDX-License-Identifier: Apache-2.0
// The part of profile.hpp that makes revocation lists (RFC 5280, section 5).
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/certificate_writer.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/signing.hpp>

#include <array>

namespace heliograph::pki {

namespace {

struct ReasonRow {
    RevocationReason reason;
    long code;  // CRLReason
    std::string_view name;
    std::string_view standard_name;  // RFC 5280's own.
};

constexpr std::array<ReasonRow, 6> reasons{{
    {RevocationReason::unspecified, CRL_REASON_UNSPECIFIED, "unspecified", "unspecified"},
    {RevocationReason::key_compromise,
     CRL_REASON_KEY_COMPROMISE,
     "key-compromise",
     "keyCompromise"},
    {RevocationReason::affiliation_changed,
     CRL_REASON_AFFILIATION_CHANGED,
     "affiliation-changed",
     "affiliationChanged"},
    {RevocationReason::superseded, CRL_REASON_SUPERSEDED, "superseded", "superseded"},
    {RevocationReason::cessation_of_operation,
     CRL_REASON_CESSATION_OF_OPERATION,
     "cessation-of-operation",
     "cessationOfOperation"},
    {RevocationReason::privilege_withdrawn,
     CRL_REASON_PRIVILEGE_WITHDRAWN,
     "privilege-withdrawn",
     "privilegeWithdrawn"},
}};

Result<RevokedHandle> make_entry(const RevokedEntry& entry) {
    RevokedHandle revoked(X509_REVOKED_new());
    HG_ASSERT(revoked != nullptr);
    HG_TRY(const IntegerHandle serial, serial_number_of(entry.serial_hex));
    HG_TRY(const TimeHandle at, asn1_time_of(entry.revoked_at));
    HG_CHECK(check(X509_REVOKED_set_serialNumber(revoked.get(), serial.get()), "list a serial"));
    HG_CHECK(check(X509_REVOKED_set_revocationDate(revoked.get(), at.get()), "list a time"));
    // RFC 5280 section 5.3.1: the reason unspecified is said by leaving it out.
    if (entry.reason != RevocationReason::unspecified) {
        const EnumeratedHandle reason(ASN1_ENUMERATED_new());
        HG_ASSERT(reason != nullptr);
        for (const ReasonRow& row : reasons) {
            if (row.reason == entry.reason) {
                HG_ASSERT(ASN1_ENUMERATED_set(reason.get(), row.code) == 1);
            }
        }
        HG_CHECK(check(
            X509_REVOKED_add1_ext_i2d(
                revoked.get(), NID_crl_reason, reason.get(), 0, X509V3_ADD_DEFAULT
            ),
            "list a reason"
        ));
    }
    return revoked;
}

Outcome set_issuer(X509_CRL* list, ByteSpan name_der) {
    const unsigned char* cursor = openssl_bytes(name_der);
    const NameHandle name(d2i_X509_NAME(nullptr, &cursor, static_cast<long>(name_der.size())));
    return check(X509_CRL_set_issuer_name(list, name.get()), "set the issuer");
}

Outcome add_authority_key_id(X509_CRL* list, ByteSpan key_id) {
    const AuthorityKeyIdHandle id(AUTHORITY_KEYID_new());
    HG_ASSERT(id != nullptr);
    id->keyid = ASN1_OCTET_STRING_new();
    HG_ASSERT(id->keyid != nullptr);
    const auto size = static_cast<int>(key_id.size());
    HG_ASSERT(ASN1_OCTET_STRING_set(id->keyid, openssl_bytes(key_id), size) == 1);
    return check(
        X509_CRL_add1_ext_i2d(list, NID_authority_key_identifier, id.get(), 0, X509V3_ADD_DEFAULT),
        "add the extension authority key identifier"
    );
}

Outcome add_number(X509_CRL* list, std::uint64_t value) {
    const IntegerHandle number(ASN1_INTEGER_new());
    HG_ASSERT(number != nullptr);
    HG_ASSERT(ASN1_INTEGER_set_uint64(number.get(), value) == 1);
    return check(
        X509_CRL_add1_ext_i2d(list, NID_crl_number, number.get(), 0, X509V3_ADD_DEFAULT),
        "number a revocation list"
    );
}

}  // namespace

std::string_view revocation_reason_name(RevocationReason reason) {
    for (const ReasonRow& row : reasons) {
        if (row.reason == reason) {
            return row.name;
        }
    }
    return reasons.front().name;
}

Result<RevocationReason> parse_revocation_reason(std::string_view text) {
    std::string words;
    for (const ReasonRow& row : reasons) {
        if (row.name == text || row.standard_name == text) {
            return row.reason;
        }
        words.append(words.empty() ? "" : ", ").append(row.name);
        if (row.standard_name != row.name) {
            words.append(" (").append(row.standard_name).append(")");
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected one of " + words + ", saw '" + std::string(text.substr(0, 64)) + "'"
    );
}

Result<RevocationList> make_revocation_list(
    const RevocationListProfile& profile, const IssuerView& issuer
) {
    const CrlHandle list(X509_CRL_new());
    HG_ASSERT(list != nullptr);
    constexpr long version_2 = 1;
    HG_CHECK(check(X509_CRL_set_version(list.get(), version_2), "set the version"));
    HG_TRY(const IssuerMarks marks, marks_of(issuer.certificate));
    HG_CHECK(set_issuer(list.get(), marks.name));
    HG_TRY(const TimeHandle from, asn1_time_of(profile.validity.not_before));
    HG_TRY(const TimeHandle until, asn1_time_of(profile.validity.not_after));
    HG_CHECK(check(X509_CRL_set1_lastUpdate(list.get(), from.get()), "set a time"));
    HG_CHECK(check(X509_CRL_set1_nextUpdate(list.get(), until.get()), "set a time"));
    for (const RevokedEntry& entry : profile.entries) {
        HG_TRY(RevokedHandle revoked, make_entry(entry));
        HG_CHECK(check(X509_CRL_add0_revoked(list.get(), revoked.get()), "list a certificate"));
        static_cast<void>(revoked.release());  // The list owns it now.
    }
    HG_CHECK(add_authority_key_id(list.get(), marks.key_id));
    HG_CHECK(add_number(list.get(), profile.number));
    HG_CHECK(check(X509_CRL_sort(list.get()), "sort a revocation list"));
    if (X509_CRL_sign(list.get(), issuer.key.native(), signing_digest(issuer.key)) <= 0) {
        return openssl_error(ErrorCode::crypto, "sign a revocation list");
    }
    return RevocationList::parse_der(encode_der(list.get(), i2d_X509_CRL));
}

}  // namespace heliograph::pki
