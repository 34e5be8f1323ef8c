// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/random.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/signing.hpp>

#include <array>

namespace heliograph::pki {

namespace {

// Key usage bits, RFC 5280 section 4.2.1.3.
constexpr int digital_signature = 0;
constexpr int key_cert_sign = 5;
constexpr int crl_sign = 6;

struct SubjectName {
    std::string_view common_name;
    std::string_view organization;
};

// What all kinds have in common: version, serial, validity, key, subject.
struct Frame {
    SubjectName subject;
    Validity validity;
    EVP_PKEY* subject_key;
};

Outcome add_entry(X509_NAME* name, int nid, std::string_view text) {
    if (text.empty()) {
        return {};
    }
    HG_CHECK(check_display_name(text));
    return check(
        X509_NAME_add_entry_by_NID(
            name,
            nid,
            MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(text.data()),
            static_cast<int>(text.size()),
            -1,
            0
        ),
        "write a name into a certificate"
    );
}

Result<X509Handle> make_frame(const Frame& frame) {
    X509Handle certificate(X509_new());
    HG_ASSERT(certificate != nullptr);
    constexpr long version_3 = 2;
    HG_CHECK(check(X509_set_version(certificate.get(), version_3), "set the version"));
    std::array<std::byte, 16> random{};
    HG_CHECK(fill_random(random));
    const BignumHandle number(BN_bin2bn(openssl_bytes(random), 16, nullptr));
    HG_ASSERT(number != nullptr);
    HG_ASSERT(
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr
    );
    HG_TRY(const TimeHandle not_before, asn1_time_of(frame.validity.not_before));
    HG_TRY(const TimeHandle not_after, asn1_time_of(frame.validity.not_after));
    HG_CHECK(check(X509_set1_notBefore(certificate.get(), not_before.get()), "set a time"));
    HG_CHECK(check(X509_set1_notAfter(certificate.get(), not_after.get()), "set a time"));
    HG_CHECK(check(X509_set_pubkey(certificate.get(), frame.subject_key), "set the public key"));
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    HG_CHECK(add_entry(subject, NID_organizationName, frame.subject.organization));
    HG_CHECK(add_entry(subject, NID_commonName, frame.subject.common_name));
    return certificate;
}

Outcome set_issuer(X509* certificate, const Certificate& issuer) {
    return check(
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer.native())), "set the issuer"
    );
}

Result<Certificate> signed_by(X509* certificate, const PrivateKey& key) {
    if (X509_sign(certificate, key.native(), signing_digest(key)) <= 0) {
        return openssl_error(ErrorCode::crypto, "sign a certificate");
    }
    return Certificate::parse_der(encode_der(certificate, i2d_X509));
}

Instant now_in(const Validity& validity) {
    return validity.not_before + issuance_backdate;
}

// Every kind of name, permitted and excluded, byte for byte: a bridge must vouch for no more than
// the root that it leads to.
Outcome copy_name_constraints(X509* certificate, const Certificate& from) {
    const int place = X509_get_ext_by_NID(from.native(), NID_name_constraints, -1);
    if (place < 0) {
        return {};
    }
    return check(
        X509_add_ext(certificate, X509_get_ext(from.native(), place), -1), "copy name constraints"
    );
}

// The gate for authorities: they are no end certificates, which is the one thing check_chain must
// find.
Result<Certificate> gated(Certificate authority, const Certificate& root, Instant at) {
    HG_TRY(
        ChainReport report,
        check_chain(
            {.leaf = authority,
             .intermediates = {},
             .roots = {root},
             .revocation_lists = {},
             .purpose = ChainPurpose::signer,
             .at = at,
             .revocation = RevocationPolicy::not_checked}
        )
    );
    std::erase_if(report.defects, [](const ChainDefect& defect) {
        return defect.code == ChainDefectCode::wrong_purpose;
    });
    if (!report.accepted()) {
        return Error(
            ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
        );
    }
    return authority;
}

}  // namespace

Validity validity_from(Instant now, std::chrono::days days) {
    return {now - issuance_backdate, now + days - std::chrono::seconds(1)};
}

Result<Certificate> make_root(const RootProfile& profile, const PrivateKey& key) {
    const SubjectName subject{profile.common_name, profile.organization};
    HG_TRY(const X509Handle root, make_frame({subject, profile.validity, key.native()}));
    HG_CHECK(
        check(X509_set_issuer_name(root.get(), X509_get_subject_name(root.get())), "set the issuer")
    );
    HG_CHECK(add_ca_constraints(root.get(), std::nullopt));
    HG_CHECK(add_key_usage(root.get(), {key_cert_sign, crl_sign}));
    HG_CHECK(add_subject_key_id(root.get()));
    HG_CHECK(add_authority_key_id(root.get(), root.get()));
    HG_CHECK(add_name_constraints(root.get(), profile.constraints));
    HG_TRY(Certificate certificate, signed_by(root.get(), key));
    return gated(certificate, certificate, now_in(profile.validity));
}

Result<Certificate> make_intermediate(const IntermediateProfile& profile, const IssuerView& root) {
    HG_CHECK(check_life(profile.validity, root.certificate));
    const SubjectName subject{profile.common_name, profile.organization};
    HG_TRY(
        const X509Handle made, make_frame({subject, profile.validity, profile.subject_key.native()})
    );
    HG_CHECK(set_issuer(made.get(), root.certificate));
    HG_CHECK(add_ca_constraints(made.get(), 0));
    // digitalSignature, since it signs OCSP responses itself.
    HG_CHECK(add_key_usage(made.get(), {digital_signature, key_cert_sign, crl_sign}));
    HG_CHECK(add_extended_key_usage(made.get(), {NID_server_auth, NID_client_auth, NID_code_sign}));
    HG_CHECK(add_subject_key_id(made.get()));
    HG_CHECK(add_authority_key_id(made.get(), root.certificate.native()));
    HG_CHECK(add_name_constraints(made.get(), profile.constraints));
    HG_CHECK(add_distribution_urls(made.get(), profile.urls));
    HG_TRY(Certificate certificate, signed_by(made.get(), root.key));
    return gated(std::move(certificate), root.certificate, now_in(profile.validity));
}

Result<Certificate> make_cross_certificate(
    const Certificate& subject,
    const IssuerView& issuer,
    const Validity& validity,
    const DistributionUrls& urls
) {
    if (!subject.is_ca() || !subject.is_self_issued()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a root to vouch for, saw '" + subject.subject() + "', which is none"
        );
    }
    HG_CHECK(check_life(validity, issuer.certificate));
    HG_TRY(const X509Handle frame, make_frame({{}, validity, subject.public_key().native()}));
    X509_NAME* const name = X509_get_subject_name(subject.native());
    HG_CHECK(check(X509_set_subject_name(frame.get(), name), "set the subject"));
    HG_CHECK(set_issuer(frame.get(), issuer.certificate));
    HG_CHECK(add_ca_constraints(frame.get(), std::nullopt));
    HG_CHECK(add_key_usage(frame.get(), {key_cert_sign, crl_sign}));
    HG_CHECK(add_subject_key_id(frame.get()));
    HG_CHECK(add_authority_key_id(frame.get(), issuer.certificate.native()));
    HG_CHECK(copy_name_constraints(frame.get(), subject));
    HG_CHECK(add_distribution_urls(frame.get(), urls));
    HG_TRY(Certificate certificate, signed_by(frame.get(), issuer.key));
    return gated(std::move(certificate), issuer.certificate, now_in(validity));
}

}  // namespace heliograph::pki
