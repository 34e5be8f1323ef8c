// SPDX-License-Identifier: Apache-2.0
// What lint says of certificates beyond what path validation refuses.
#include <pki/lint/lint_rule.hpp>
#include <pki/x509/name_rule.hpp>

#include <iterator>
#include <set>
#include <utility>

namespace heliograph::pki {

namespace {

bool is_authority(const ShapeSubject& subject) {
    return (subject.where & position::authority) != 0;
}

LintFlaw usage_not_critical(const ShapeSubject& subject) {
    return flaw_if(
        subject.fields.key_usage && !subject.fields.is_critical(oid::key_usage), "not critical"
    );
}

LintFlaw leaf_without_key_id(const ShapeSubject& subject) {
    return flaw_if(!is_authority(subject) && !subject.fields.subject_key_id, "none");
}

LintFlaw serial_short(const ShapeSubject& subject) {
    return flaw_if(
        subject.fields.serial.size() < 8, std::to_string(subject.fields.serial.size()) + " octets"
    );
}

// Nobody compares the serial number of a root, so verification lets it pass.
LintFlaw odd_root_serial(const ShapeSubject& subject) {
    const ByteSpan serial = subject.fields.serial;
    const bool negative = (serial.front() & std::byte{0x80}) != std::byte{0};
    const bool zero = serial.size() == 1 && serial.front() == std::byte{0};
    return flaw_if(
        subject.where == position::anchor && (negative || zero || serial.size() > 20),
        "another number"
    );
}

LintFlaw leaf_lives_long(const ShapeSubject& subject) {
    constexpr std::chrono::days longest{200};
    const auto life = subject.fields.not_after - subject.fields.not_before;
    return flaw_if(
        !is_authority(subject) && life >= longest,
        std::to_string(std::chrono::duration_cast<std::chrono::days>(life).count()) + " days"
    );
}

LintFlaw without_end(const ShapeSubject& subject) {
    constexpr Instant open{
        std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::hours(23) +
        std::chrono::minutes(59) + std::chrono::seconds(59)};
    return flaw_if(subject.fields.not_after == open, "the end that means none");
}

std::vector<AttributeField> attributes_of(const ShapeSubject& subject) {
    std::vector<AttributeField> all = subject.fields.issuer.attributes;
    const auto& own = subject.fields.subject.attributes;
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

LintFlaw odd_country(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        if (one.oid == "2.5.4.6" &&
            (one.tag != der_tag::printable_string || one.text.size() != 2)) {
            return in_quotes(one.text);
        }
    }
    return {};
}

LintFlaw odd_string_type(const ShapeSubject& subject) {
    constexpr std::string_view ascii_attributes[] = {
        oid::email_address, "0.9.2342.19200300.100.1.25"};
    for (const AttributeField& one : attributes_of(subject)) {
        const bool ascii = one.tag == der_tag::ia5_string &&
                           (one.oid == ascii_attributes[0] || one.oid == ascii_attributes[1]);
        if (one.tag != der_tag::utf8_string && one.tag != der_tag::printable_string && !ascii) {
            return "the attribute " + one.oid + " as a string of tag " + std::to_string(one.tag);
        }
    }
    return {};
}

LintFlaw long_attribute(const ShapeSubject& subject) {
    constexpr std::pair<std::string_view, std::size_t> limits[] = {
        {"2.5.4.3", 64},
        {"2.5.4.10", 64},
        {"2.5.4.11", 64},
        {"2.5.4.5", 64},
        {"2.5.4.7", 128},
        {"2.5.4.8", 128},
        {"1.2.840.113549.1.9.1", 255}};
    for (const AttributeField& one : attributes_of(subject)) {
        std::size_t characters = 0;
        for (const char c : one.text) {
            characters += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1U : 0U;
        }
        for (const auto& [type, limit] : limits) {
            if (one.oid == type && characters > limit) {
                return std::to_string(characters) + " characters in the attribute " + one.oid;
            }
        }
    }
    return {};
}

LintFlaw blank_attribute(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        if (one.text.empty() || one.text.front() == ' ' || one.text.back() == ' ') {
            return in_quotes(one.text) + " in the attribute " + one.oid;
        }
    }
    return {};
}

LintFlaw mailbox_in_subject(const ShapeSubject& subject) {
    return flaw_if(
        !subject.fields.subject.values_of(oid::email_address).empty(), "a mailbox in the subject"
    );
}

LintFlaw same_name_twice(const ShapeSubject& subject) {
    std::set<std::string> seen;
    if (subject.fields.alternative_names) {
        for (const GeneralNameField& name : *subject.fields.alternative_names) {
            const std::string text = general_name_text(name);
            if (name.kind != GeneralNameKind::other && !seen.insert(text).second) {
                return text + " twice";
            }
        }
    }
    return {};
}

LintFlaw odd_uri(const ShapeSubject& subject) {
    if (subject.fields.alternative_names) {
        for (const GeneralNameField& name : *subject.fields.alternative_names) {
            if (name.kind == GeneralNameKind::uri && !check_uri(name.text).has_value()) {
                return in_quotes(name.text);
            }
        }
    }
    return {};
}

LintFlaw critical_points(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::crl_distribution_points), "critical");
}

LintFlaw critical_freshest(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::freshest_crl), "critical");
}

LintFlaw critical_issuer_names(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::issuer_alternative_name), "critical");
}

LintFlaw mappings_not_critical(const ShapeSubject& subject) {
    return flaw_if(
        !subject.fields.policy_mappings.empty() &&
            !subject.fields.is_critical(oid::policy_mappings),
        "not critical"
    );
}

LintFlaw mappings_of_any(const ShapeSubject& subject) {
    for (const PolicyMappingField& mapping : subject.fields.policy_mappings) {
        if (mapping.issuer == oid::any_policy || mapping.subject == oid::any_policy) {
            return LintFlaw("a mapping of anyPolicy");
        }
    }
    return {};
}

LintFlaw use_beyond_the_key(const ShapeSubject& subject) {
    const auto kind = key_facts(subject.fields).kind;
    const bool agrees = kind != KeyFacts::Kind::rsa && kind != KeyFacts::Kind::ed25519;
    if (!agrees && subject.fields.has_usage(usage_bit::key_agreement)) {
        return LintFlaw("keyAgreement");
    }
    const bool signs_only = kind == KeyFacts::Kind::ec || kind == KeyFacts::Kind::ed25519;
    constexpr unsigned key_encipherment = 2;
    constexpr unsigned data_encipherment = 3;
    return flaw_if(
        signs_only && (subject.fields.has_usage(key_encipherment) ||
                       subject.fields.has_usage(data_encipherment)),
        "keyEncipherment or dataEncipherment"
    );
}

LintFlaw agreement_bits_alone(const ShapeSubject& subject) {
    constexpr unsigned key_agreement = 4;
    constexpr unsigned encipher_only = 7;
    constexpr unsigned decipher_only = 8;
    return flaw_if(
        !subject.fields.has_usage(key_agreement) &&
            (subject.fields.has_usage(encipher_only) || subject.fields.has_usage(decipher_only)),
        "encipherOnly or decipherOnly without it"
    );
}

// A key of X25519 does nothing else, and whoever honours key usage must be able to use it.
LintFlaw agreement_key_for_others(const ShapeSubject& subject) {
    if (key_facts(subject.fields).kind != KeyFacts::Kind::x25519 || !subject.fields.key_usage) {
        return {};
    }
    for (unsigned bit = 0; bit < usage_bit::crl_sign + 1; ++bit) {
        if (bit != usage_bit::key_agreement && subject.fields.has_usage(bit)) {
            return LintFlaw("a key usage that such a key cannot serve");
        }
    }
    return flaw_if(
        !subject.fields.has_usage(usage_bit::key_agreement), "a key usage without keyAgreement"
    );
}

LintFlaw odd_exponent(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    return flaw_if(
        facts.kind == KeyFacts::Kind::rsa && facts.is_well_formed &&
            (facts.exponent < 65537 || facts.exponent % 2 == 0),
        std::to_string(facts.exponent)
    );
}

LintFlaw odd_key_parameters(const ShapeSubject& subject) {
    const auto kind = key_facts(subject.fields).kind;
    const Bytes seen = to_bytes(subject.fields.key_algorithm.parameters);
    const bool null = seen == Bytes{std::byte{5}, std::byte{0}};
    return flaw_if(
        (kind == KeyFacts::Kind::rsa && !null) ||
            ((kind == KeyFacts::Kind::ed25519 || kind == KeyFacts::Kind::x25519) && !seen.empty()),
        "others"
    );
}

LintFlaw access_without_uri(const ShapeSubject& subject) {
    if (subject.fields.authority_access) {
        for (const AccessField& access : *subject.fields.authority_access) {
            if (access.place.kind != GeneralNameKind::uri) {
                return general_name_text(access.place);
            }
        }
    }
    return {};
}

LintFlaw responder_without_mark(const ShapeSubject& subject) {
    return flaw_if(
        !is_authority(subject) && subject.fields.has_purpose(oid::ocsp_signing) &&
            subject.fields.extension(oid::ocsp_no_check) == nullptr,
        "none"
    );
}

LintFlaw authority_without_list_signing(const ShapeSubject& subject) {
    return flaw_if(
        is_authority(subject) && subject.fields.key_usage &&
            !subject.fields.has_usage(usage_bit::crl_sign),
        "a key usage without cRLSign"
    );
}

LintFlaw constraint_without_other_kind(const ShapeSubject& subject) {
    const auto& constraints = subject.fields.name_constraints;
    if (!constraints || !constraints->permitted) {
        return {};
    }
    bool dns = false;
    bool address = false;
    for (const GeneralNameField& base : *constraints->permitted) {
        dns = dns || base.kind == GeneralNameKind::dns;
        address = address || base.kind == GeneralNameKind::ip;
    }
    for (const GeneralNameField& base :
         constraints->excluded.value_or(std::vector<GeneralNameField>())) {
        dns = dns || base.kind == GeneralNameKind::dns;
        address = address || base.kind == GeneralNameKind::ip;
    }
    return flaw_if(dns != address, dns ? "no limit on addresses" : "no limit on DNS names");
}

constexpr LintRule<ShapeSubject> certificate_rules[] = {
    {"key-usage-not-critical",
     "RFC 5280 section 4.2.1.3",
     LintSeverity::warning,
     "a critical key usage",
     usage_not_critical},
    {"subject-key-id-missing",
     "RFC 5280 section 4.2.1.2",
     LintSeverity::notice,
     "a subject key id",
     leaf_without_key_id},
    {"serial-short",
     "CA/B Forum BR section 7.1",
     LintSeverity::warning,
     "a serial number of at least 64 random bits",
     serial_short},
    {"root-serial",
     "RFC 5280 section 4.1.2.2",
     LintSeverity::error,
     "a positive serial number of at most 20 octets",
     odd_root_serial},
    {"life-long",
     "CA/B Forum BR section 6.3.2",
     LintSeverity::warning,
     "a life of less than 200 days",
     leaf_lives_long},
    {"life-without-end",
     "RFC 5280 section 4.1.2.5",
     LintSeverity::notice,
     "an end of the time of validity",
     without_end},
    {"country-form",
     "RFC 5280 appendix A.1",
     LintSeverity::error,
     "a country of two letters as a PrintableString",
     odd_country},
    {"name-string-type",
     "RFC 5280 section 4.1.2.4",
     LintSeverity::warning,
     "names as UTF8String or PrintableString",
     odd_string_type},
    {"name-too-long",
     "RFC 5280 appendix A.1",
     LintSeverity::error,
     "attributes within their upper bounds",
     long_attribute},
    {"name-blank",
     "RFC 5280 section 7.1",
     LintSeverity::warning,
     "names that neither begin nor end with a blank, nor are empty",
     blank_attribute},
    {"mailbox-in-subject",
     "RFC 5280 section 4.1.2.6",
     LintSeverity::warning,
     "mailboxes among the alternative names",
     mailbox_in_subject},
    {"names-repeated",
     "RFC 5280 section 4.2.1.6",
     LintSeverity::warning,
     "each alternative name once",
     same_name_twice},
    {"uri-form",
     "RFC 5280 section 4.2.1.6",
     LintSeverity::error,
     "absolute URIs with a scheme",
     odd_uri},
    {"distribution-points-critical",
     "RFC 5280 section 4.2.1.13",
     LintSeverity::warning,
     "distribution points that are not critical",
     critical_points},
    {"freshest-list-critical",
     "RFC 5280 section 4.2.1.15",
     LintSeverity::error,
     "a freshest list that is not critical",
     critical_freshest},
    {"issuer-names-critical",
     "RFC 5280 section 4.2.1.7",
     LintSeverity::warning,
     "issuer alternative names that are not critical",
     critical_issuer_names},
    {"policy-mappings-not-critical",
     "RFC 5280 section 4.2.1.5",
     LintSeverity::warning,
     "critical policy mappings",
     mappings_not_critical},
    {"policy-mappings-any",
     "RFC 5280 section 4.2.1.5",
     LintSeverity::error,
     "policies to be mapped by name",
     mappings_of_any},
    {"key-usage-encipherment",
     "RFC 3279 section 2.3.1, RFC 5480 section 3, RFC 8410 section 5",
     LintSeverity::error,
     "a key usage that a key of its kind can have",
     use_beyond_the_key},
    {"key-usage-agreement",
     "RFC 5280 section 4.2.1.3",
     LintSeverity::warning,
     "encipherOnly and decipherOnly together with keyAgreement",
     agreement_bits_alone},
    {"agreement-key-usage",
     "RFC 8410 section 5",
     LintSeverity::error,
     "keyAgreement and no other use of an X25519 key",
     agreement_key_for_others},
    {"rsa-exponent",
     "CA/B Forum BR section 6.1.6",
     LintSeverity::error,
     "an odd RSA exponent from 65537",
     odd_exponent},
    {"key-parameters",
     "RFC 3279 section 2.3.1, RFC 8410 section 3",
     LintSeverity::error,
     "NULL as the parameters of an RSA key, none with Ed25519",
     odd_key_parameters},
    {"authority-access-not-uri",
     "RFC 5280 section 4.2.2.1",
     LintSeverity::warning,
     "authority information at a URI",
     access_without_uri},
    {"responder-without-no-check",
     "RFC 6960 section 4.2.2.2.1",
     LintSeverity::warning,
     "the extension id-pkix-ocsp-nocheck in the certificate of a responder",
     responder_without_mark},
    {"authority-without-list-signing",
     "RFC 5280 section 4.2.1.3",
     LintSeverity::notice,
     "an authority that may sign revocation lists",
     authority_without_list_signing},
    {"name-constraints-half-open",
     "RFC 5280 section 4.2.1.10",
     LintSeverity::notice,
     "limits on DNS names and on addresses, for a kind without any is free",
     constraint_without_other_kind},
};

}  // namespace

const std::vector<LintRule<ShapeSubject>>& certificate_lint_rules() {
    static const std::vector<LintRule<ShapeSubject>> rules(
        std::begin(certificate_rules), std::end(certificate_rules)
    );
    return rules;
}

}  // namespace heliograph::pki
