// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/x509/certificate_writer.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/tbs_signer.hpp>

#include <optional>

namespace heliograph::pki {

namespace {

// Content of the BIT STRING (RFC 5280, section 4.2.1.3): one bit unused, then keyCertSign and
// cRLSign; for an intermediate digitalSignature too, since it signs OCSP responses itself.
constexpr auto signs_certificates = der_hex<"0106">();
constexpr auto signs_certificates_and_answers = der_hex<"0186">();

Result<Bytes> name_of(std::string_view organization, std::string_view common_name) {
    for (const std::string_view text : {organization, common_name}) {
        if (!text.empty()) {
            HG_CHECK(check_display_name(text));
        }
    }
    return write_name({organization, common_name});
}

// What the kinds of authority differ in.
struct AuthorityContent {
    ByteSpan subject;  ///< A Name in DER.
    ByteSpan spki;
    Validity validity;
    std::optional<std::uint8_t> path_length = {};
    ByteSpan key_usage = signs_certificates;
    std::vector<ByteSpan> purposes = {};
    Bytes name_constraints = {};  ///< The whole extension, or nothing.
    DistributionUrls urls = {};
};

Result<Certificate> write_authority(
    const AuthorityContent& content, const PrivateKey& issuer_key, const IssuerMarks& issuer
) {
    HG_TRY(TbsSigner signer, TbsSigner::open(issuer_key));
    HG_TRY(const SerialBits serial, fresh_serial());
    HG_TRY(const KeyId key_id, key_id_of(content.spki));
    DerWriter out;
    write_tbs_certificate(
        out,
        {serial, signer.algorithm(), issuer.name, content.validity, content.subject, content.spki},
        [&] {
            write_authority_constraints(out, content.path_length);
            write_key_usage(out, content.key_usage);
            if (!content.purposes.empty()) {
                write_purposes(out, content.purposes);
            }
            write_key_ids(out, key_id, issuer.key_id);
            out.raw(content.name_constraints);
            write_list_points(out, content.urls);
            write_authority_access(out, content.urls);
        }
    );
    HG_TRY(const Bytes der, signer.sign(out.bytes()));
    return Certificate::reread(der);
}

Instant now_in(const Validity& validity) {
    return validity.not_before + issuance_backdate;
}

// Every kind of name, permitted and excluded, byte for byte: a bridge must vouch for no more than
// the root that it leads to.
Bytes same_name_constraints(const CertificateFields& from) {
    const ExtensionField* const found = from.extension(oid::name_constraints);
    if (found == nullptr) {
        return {};
    }
    DerWriter out;
    const Mark mark = found->critical ? Mark::critical : Mark::plain;
    write_extension(out, {oid_der::name_constraints, mark}, [&] { out.raw(found->value); });
    return out.take();
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
    const Bytes spki = key.spki_der();
    HG_TRY(const Bytes subject, name_of(profile.organization, profile.common_name));
    HG_TRY(const KeyId key_id, key_id_of(spki));
    HG_TRY(Bytes constraints, encode_name_constraints(profile.constraints));
    HG_TRY(
        Certificate certificate,
        write_authority(
            {.subject = subject,
             .spki = spki,
             .validity = profile.validity,
             .name_constraints = std::move(constraints)},
            key,
            {subject, to_bytes(key_id)}
        )
    );
    return gated(certificate, certificate, now_in(profile.validity));
}

Result<Certificate> make_intermediate(const IntermediateProfile& profile, const IssuerView& root) {
    HG_CHECK(check_life(profile.validity, root.certificate));
    const Bytes spki = profile.subject_key.spki_der();
    HG_TRY(const Bytes subject, name_of(profile.organization, profile.common_name));
    HG_TRY(Bytes constraints, encode_name_constraints(profile.constraints));
    HG_TRY(const IssuerMarks issuer, marks_of(root.certificate));
    HG_TRY(
        Certificate certificate,
        write_authority(
            {.subject = subject,
             .spki = spki,
             .validity = profile.validity,
             .path_length = 0,
             .key_usage = signs_certificates_and_answers,
             .purposes =
                 {oid_der::server_auth,
                  oid_der::client_auth,
                  oid_der::code_signing,
                  oid_der::email_protection},
             .name_constraints = std::move(constraints),
             .urls = profile.urls},
            root.key,
            issuer
        )
    );
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
    HG_TRY(const CertificateFields fields, read_certificate_fields(subject.to_der()));
    HG_TRY(const IssuerMarks marks, marks_of(issuer.certificate));
    HG_TRY(
        Certificate certificate,
        write_authority(
            {.subject = fields.subject.raw,
             .spki = fields.spki,
             .validity = validity,
             .name_constraints = same_name_constraints(fields),
             .urls = urls},
            issuer.key,
            marks
        )
    );
    return gated(std::move(certificate), issuer.certificate, now_in(validity));
}

}  // namespace heliograph::pki
