// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain_defect.hpp>
#include <pki/x509/path_purpose.hpp>

namespace heliograph::pki {

namespace {

struct PurposeFacts {
    std::string_view oid;
    std::string_view words;
};

PurposeFacts facts_of(ChainPurpose purpose) {
    switch (purpose) {
        case ChainPurpose::server:
            return {oid::server_auth, "for use as a TLS server"};
        case ChainPurpose::client:
            return {oid::client_auth, "for use as a TLS client"};
        case ChainPurpose::signer:
            return {oid::code_signing, "to sign pages"};
        case ChainPurpose::ocsp:
            return {oid::ocsp_signing, "to sign OCSP responses"};
        case ChainPurpose::recipient:
            return {oid::email_protection, "to receive sealed files"};
        case ChainPurpose::any:
            break;
    }
    return {oid::any_purpose, "for any use"};
}

struct PurposeFlaw {
    std::string_view id;
    std::string_view clause;
    std::string seen;
};

void add_purpose_defect(
    const JudgedPath& judged, const EvidenceCertificate& one, PurposeFlaw flaw, DefectList& defects
) {
    defects.add(
        {ChainDefectCode::wrong_purpose,
         display_name(*one.certificate),
         "'" + display_name(*one.certificate) + "' to be issued " +
             std::string(facts_of(judged.request.purpose).words),
         std::move(flaw.seen),
         std::string(flaw.id),
         std::string(flaw.clause)}
    );
}

// What a leaf says of its purposes where the wanted one is not among them.
std::string other_purposes(const EvidenceCertificate& leaf) {
    return leaf.fields.purposes ? "other extended key usages" : "no extended key usage";
}

// Files are sealed to keys that agree on secrets, under every set of rules. Of the purposes that
// RFC 5280 registers (section 4.2.1.12) emailProtection means content for the holder of the key;
// silence forbids nothing. Limits of the authorities above are about mail, which this is not; our
// own intermediates had no emailProtection once, and what they issued stays good for sealing.
void check_recipient(const JudgedPath& judged, DefectList& defects) {
    const EvidenceCertificate& leaf = judged.evidence.at(judged.path[0]);
    if (!leaf.fields.has_usage(usage_bit::key_agreement)) {
        add_purpose_defect(
            judged,
            leaf,
            {"key-usage-without-agreement",
             "RFC 5280 section 4.2.1.3",
             "no key usage keyAgreement"},
            defects
        );
    }
    if (leaf.fields.is_ca()) {
        add_purpose_defect(
            judged,
            leaf,
            {"authority-as-leaf", "RFC 5280 section 4.2.1.9", "the certificate of an authority"},
            defects
        );
    }
    if (leaf.fields.purposes && !leaf.fields.has_purpose(oid::email_protection) &&
        !leaf.fields.has_purpose(oid::any_purpose)) {
        add_purpose_defect(
            judged,
            leaf,
            {"purpose-missing", "RFC 5280 section 4.2.1.12", other_purposes(leaf)},
            defects
        );
    }
}

// What the authorities above are limited to. A responder for the authority's own certificates needs
// no leave from above.
void check_authorities(const JudgedPath& judged, std::string_view wanted, DefectList& defects) {
    if (judged.request.purpose == ChainPurpose::ocsp) {
        return;
    }
    for (std::size_t place = 1; place < judged.path.size(); ++place) {
        const EvidenceCertificate& authority = judged.evidence.at(judged.path[place]);
        if (authority.fields.purposes && !authority.fields.has_purpose(wanted) &&
            !authority.fields.has_purpose(oid::any_purpose)) {
            add_purpose_defect(
                judged,
                authority,
                {"authority-purpose",
                 "RFC 5280 section 4.2.1.12",
                 "an authority limited to other purposes"},
                defects
            );
        }
    }
}

}  // namespace

// The purpose must be named by the leaf itself (RFC 5280 alone is content with silence), an
// authority that names purposes limits those below it, and a CA is no end certificate.
void check_purpose(const JudgedPath& judged, DefectList& defects) {
    const ChainPurpose purpose = judged.request.purpose;
    const std::string_view wanted = facts_of(purpose).oid;
    const EvidenceCertificate& leaf = judged.evidence.at(judged.path[0]);
    const bool is_strict = judged.request.rules != RuleSet::rfc5280;
    if (purpose == ChainPurpose::any) {
        return;
    }
    if (purpose == ChainPurpose::recipient) {
        check_recipient(judged, defects);
        return;
    }
    if (is_strict && leaf.fields.is_ca()) {
        add_purpose_defect(
            judged,
            leaf,
            {"authority-as-leaf",
             "CA/B Forum BR section 7.1.2.7.8",
             "the certificate of an authority"},
            defects
        );
    }
    const bool any_counts = !is_strict && leaf.fields.has_purpose(oid::any_purpose);
    const bool silent = !leaf.fields.purposes && !is_strict;
    if (!silent && !any_counts && !leaf.fields.has_purpose(wanted)) {
        add_purpose_defect(
            judged,
            leaf,
            {"purpose-missing", "RFC 5280 section 4.2.1.12", other_purposes(leaf)},
            defects
        );
    }
    // Absent, the extension forbids nothing (section 4.2.1.3). A page signer must have been made
    // for it.
    const bool signs = leaf.fields.key_usage ? leaf.fields.has_usage(usage_bit::digital_signature)
                                             : purpose != ChainPurpose::signer;
    if (!signs) {
        add_purpose_defect(
            judged,
            leaf,
            {"key-usage-without-signature",
             "RFC 5280 section 4.2.1.3",
             "a key usage without digitalSignature"},
            defects
        );
    }
    check_authorities(judged, wanted, defects);
}

}  // namespace heliograph::pki
