// SPDX-License-Identifier: Apache-2.0
// The shape rules about authorities, keys' uses and identifiers.
#include <pki/x509/name_constraint_check.hpp>
#include <pki/x509/shape_rule.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

using Flaw = std::optional<std::string>;

Flaw flaw_when(bool condition, std::string_view seen) {
    return condition ? Flaw(std::string(seen)) : Flaw();
}

bool has(const CertificateFields& fields, std::string_view type) {
    return fields.extension(type) != nullptr;
}

Flaw no_authority_mark(const ShapeSubject& subject) {
    return flaw_when(!subject.fields.is_ca(), "no basic constraints with CA:TRUE");
}

Flaw authority_mark_not_critical(const ShapeSubject& subject) {
    return flaw_when(
        subject.fields.is_ca() && !subject.fields.is_critical(oid::basic_constraints),
        "not critical"
    );
}

Flaw authority_without_usage(const ShapeSubject& subject) {
    return flaw_when(!has(subject.fields, oid::key_usage), "no key usage");
}

Flaw authority_without_cert_sign(const ShapeSubject& subject) {
    return flaw_when(
        subject.fields.key_usage && !subject.fields.has_usage(usage_bit::cert_sign),
        "a key usage without keyCertSign"
    );
}

Flaw needless_path_length(const ShapeSubject& subject) {
    const auto& basic = subject.fields.basic_constraints;
    return flaw_when(
        basic && basic->path_length &&
            (!basic->is_ca ||
             (subject.fields.key_usage && !subject.fields.has_usage(usage_bit::cert_sign))),
        "a path length in a certificate that signs none"
    );
}

Flaw leaf_signs_certificates(const ShapeSubject& subject) {
    return flaw_when(
        subject.fields.has_usage(usage_bit::cert_sign) && !subject.fields.is_ca(), "keyCertSign"
    );
}

Flaw authority_without_key_id(const ShapeSubject& subject) {
    return flaw_when(!subject.fields.subject_key_id, "no subject key id");
}

Flaw key_id_critical(const ShapeSubject& subject) {
    return flaw_when(subject.fields.is_critical(oid::subject_key_id), "a critical one");
}

Flaw issuer_key_id_critical(const ShapeSubject& subject) {
    return flaw_when(subject.fields.is_critical(oid::authority_key_id), "a critical one");
}

Flaw without_issuer_key_id(const ShapeSubject& subject) {
    const auto& id = subject.fields.authority_key_id;
    return flaw_when(!id || !id->key_id, "no authority key id with a key id");
}

// A root may leave it out, or name itself; browsers' rules allow nothing else.
Flaw odd_anchor_key_id(const ShapeSubject& subject) {
    const CertificateFields& fields = subject.fields;
    const auto& id = fields.authority_key_id;
    if (!id) {
        return flaw_when(!fields.is_self_issued(), "a cross-signed root without one");
    }
    if (!id->key_id || id->has_issuer || id->has_serial) {
        return Flaw("an authority key id that is more or less than a key id");
    }
    const bool own = fields.subject_key_id && std::equal(
                                                  id->key_id->begin(),
                                                  id->key_id->end(),
                                                  fields.subject_key_id->begin(),
                                                  fields.subject_key_id->end()
                                              );
    return flaw_when(fields.is_self_issued() && !own, "the key id of another key");
}

Flaw constraints_not_critical(const ShapeSubject& subject) {
    return flaw_when(
        has(subject.fields, oid::name_constraints) &&
            !subject.fields.is_critical(oid::name_constraints),
        "not critical"
    );
}

Flaw constraints_in_leaf(const ShapeSubject& subject) {
    return flaw_when(
        has(subject.fields, oid::name_constraints) && !subject.fields.is_ca(), "name constraints"
    );
}

Flaw constraints_empty(const ShapeSubject& subject) {
    const auto& constraints = subject.fields.name_constraints;
    const bool empty = constraints &&
                       (!constraints->permitted || constraints->permitted->empty()) &&
                       (!constraints->excluded || constraints->excluded->empty());
    return flaw_when(empty, "none");
}

Flaw constraints_malformed(const ShapeSubject& subject) {
    const auto& constraints = subject.fields.name_constraints;
    if (!constraints) {
        return {};
    }
    if (constraints->has_distance) {
        return Flaw("a minimum or maximum distance");
    }
    for (const auto* list : {&constraints->permitted, &constraints->excluded}) {
        for (const GeneralNameField& base : list->value_or(std::vector<GeneralNameField>())) {
            if (!is_well_formed_constraint(base)) {
                return "the constraint " + general_name_text(base);
            }
        }
    }
    return {};
}

Flaw policy_constraints_not_critical(const ShapeSubject& subject) {
    return flaw_when(
        has(subject.fields, oid::policy_constraints) &&
            !subject.fields.is_critical(oid::policy_constraints),
        "not critical"
    );
}

Flaw inhibit_any_not_critical(const ShapeSubject& subject) {
    return flaw_when(
        has(subject.fields, oid::inhibit_any_policy) &&
            !subject.fields.is_critical(oid::inhibit_any_policy),
        "not critical"
    );
}

Flaw access_critical(const ShapeSubject& subject) {
    return flaw_when(subject.fields.is_critical(oid::authority_access), "critical");
}

Flaw anchor_with_purposes(const ShapeSubject& subject) {
    return flaw_when(has(subject.fields, oid::extended_key_usage), "some");
}

Flaw any_purpose(const ShapeSubject& subject) {
    return flaw_when(subject.fields.has_purpose(oid::any_purpose), "anyExtendedKeyUsage");
}

Flaw purposes_critical(const ShapeSubject& subject) {
    return flaw_when(subject.fields.is_critical(oid::extended_key_usage), "critical");
}

Flaw no_purposes(const ShapeSubject& subject) {
    return flaw_when(!subject.fields.purposes && subject.fields.faults.empty(), "none");
}

using Code = ChainDefectCode;

constexpr auto extension_table = std::to_array<ShapeRule>({
    {"authority-basic-constraints-missing",
     "RFC 5280 section 4.2.1.9",
     Code::wrong_purpose,
     rules_of::all,
     position::authority,
     "basic constraints with CA:TRUE in the certificate of an authority",
     no_authority_mark},
    {"authority-basic-constraints-not-critical",
     "RFC 5280 section 4.2.1.9",
     Code::not_strict,
     rules_of::strict,
     position::authority,
     "critical basic constraints",
     authority_mark_not_critical},
    {"authority-key-usage-missing",
     "RFC 5280 section 4.2.1.3",
     Code::not_strict,
     rules_of::closed,
     position::authority,
     "a key usage in the certificate of an authority",
     authority_without_usage},
    {"authority-key-usage-no-cert-sign",
     "RFC 5280 section 4.2.1.3",
     Code::wrong_purpose,
     rules_of::all,
     position::authority,
     "the key usage keyCertSign in the certificate of an authority",
     authority_without_cert_sign},
    {"path-length-without-authority",
     "RFC 5280 section 4.2.1.9",
     Code::not_strict,
     rules_of::closed,
     position::every,
     "a path length only with CA:TRUE and keyCertSign",
     needless_path_length},
    {"leaf-signs-certificates",
     "RFC 5280 section 4.2.1.9",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "keyCertSign only in the certificate of an authority",
     leaf_signs_certificates},
    {"authority-subject-key-id-missing",
     "RFC 5280 section 4.2.1.2",
     Code::not_strict,
     rules_of::strict,
     position::authority,
     "a subject key id in the certificate of an authority",
     authority_without_key_id},
    {"subject-key-id-critical",
     "RFC 5280 section 4.2.1.2",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "a subject key id that is not critical",
     key_id_critical},
    {"authority-key-id-critical",
     "RFC 5280 section 4.2.1.1",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "an authority key id that is not critical",
     issuer_key_id_critical},
    {"authority-key-id-missing",
     "RFC 5280 section 4.2.1.1",
     Code::not_strict,
     rules_of::strict,
     position::below,
     "an authority key id",
     without_issuer_key_id},
    {"root-authority-key-id",
     "CA/B Forum BR section 7.1.2.1.3",
     Code::not_strict,
     rules_of::webpki,
     position::anchor,
     "a root's authority key id to be its own key id alone",
     odd_anchor_key_id},
    {"name-constraints-not-critical",
     "RFC 5280 section 4.2.1.10",
     Code::not_strict,
     rules_of::strict,
     position::authority,
     "critical name constraints",
     constraints_not_critical},
    {"name-constraints-in-leaf",
     "RFC 5280 section 4.2.1.10",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "name constraints only in the certificate of an authority",
     constraints_in_leaf},
    {"name-constraints-empty",
     "RFC 5280 section 4.2.1.10",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "at least one permitted or excluded name in name constraints",
     constraints_empty},
    {"name-constraint-malformed",
     "RFC 5280 section 4.2.1.10",
     Code::name_constraint,
     rules_of::all,
     position::authority,
     "name constraints in the form of their kind",
     constraints_malformed},
    {"policy-constraints-not-critical",
     "RFC 5280 section 4.2.1.11",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "critical policy constraints",
     policy_constraints_not_critical},
    {"inhibit-any-policy-not-critical",
     "RFC 5280 section 4.2.1.14",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "a critical inhibitAnyPolicy",
     inhibit_any_not_critical},
    {"authority-access-critical",
     "RFC 5280 section 4.2.2.1",
     Code::not_strict,
     rules_of::strict,
     position::every,
     "authority information access that is not critical",
     access_critical},
    {"root-has-purposes",
     "CA/B Forum BR section 7.1.2.1.2",
     Code::not_strict,
     rules_of::webpki,
     position::anchor,
     "a root without extended key usages",
     anchor_with_purposes},
    {"purposes-any",
     "CA/B Forum BR section 7.1.2.7.10",
     Code::wrong_purpose,
     rules_of::webpki,
     position::leaf,
     "purposes by name",
     any_purpose},
    {"purposes-critical",
     "CA/B Forum BR section 7.1.2.7.6",
     Code::not_strict,
     rules_of::webpki,
     position::leaf,
     "extended key usages that are not critical",
     purposes_critical},
    {"purposes-missing",
     "CA/B Forum BR section 7.1.2.7.6",
     Code::wrong_purpose,
     rules_of::webpki,
     position::leaf,
     "extended key usages",
     no_purposes},
});

}  // namespace

std::span<const ShapeRule> extension_shape_rules() {
    return extension_table;
}

}  // namespace heliograph::pki
