// SPDX-License-Identifier: Apache-2.0
// What lint says of certificates beyond what path validation refuses.
#include <pki/lint/lint_rule.hpp>

#include <algorithm>
#include <iterator>
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

LintFlaw critical_points(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::crl_distribution_points), "critical");
}

LintFlaw critical_freshest(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::freshest_crl), "critical");
}

LintFlaw critical_issuer_names(const ShapeSubject& subject) {
    return flaw_if(subject.fields.is_critical(oid::issuer_alternative_name), "critical");
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

// Only the nine that are named (X.680, section 22.7).
LintFlaw unnamed_usage(const ShapeSubject& subject) {
    const auto& usage = subject.fields.key_usage;
    return flaw_if(usage && usage->bytes.size() * 8 - usage->unused > 9, "more");
}

LintFlaw authority_key_enciphers(const ShapeSubject& subject) {
    const CertificateFields& fields = subject.fields;
    constexpr unsigned key_encipherment = 2;
    constexpr unsigned data_encipherment = 3;
    return flaw_if(
        is_authority(subject) && key_facts(fields).kind == KeyFacts::Kind::rsa &&
            (fields.has_usage(usage_bit::cert_sign) || fields.has_usage(usage_bit::crl_sign)) &&
            (fields.has_usage(key_encipherment) || fields.has_usage(data_encipherment)),
        "keyEncipherment or dataEncipherment beside keyCertSign or cRLSign"
    );
}

// Bits of key usage, the first the highest, as 9 bits.
unsigned usages_of_purpose(std::string_view purpose) {
    constexpr std::pair<std::string_view, unsigned> rows[] = {
        {oid::server_auth, 0b1'0101'0000},
        {oid::client_auth, 0b1'0001'0000},
        {oid::code_signing, 0b1'0000'0000},
        {oid::email_protection, 0b1'1101'0000},
        {"1.3.6.1.5.5.7.3.8", 0b1'1000'0000},  // timeStamping
        {oid::ocsp_signing, 0b1'1000'0000}};
    for (const auto& [known, usages] : rows) {
        if (known == purpose) {
            return usages;
        }
    }
    return 0b1'1111'1111;
}

LintFlaw purpose_without_usage(const ShapeSubject& subject) {
    const CertificateFields& fields = subject.fields;
    if (is_authority(subject) || !fields.key_usage || !fields.purposes) {
        return {};
    }
    unsigned fitting = 0;
    for (const std::string& purpose : *fields.purposes) {
        fitting |= usages_of_purpose(purpose);
    }
    unsigned seen = 0;
    for (unsigned bit = 0; bit < 9; ++bit) {
        seen |= fields.has_usage(bit) ? 0b1'0000'0000U >> bit : 0U;
    }
    return flaw_if((seen & ~fitting) != 0 || (seen & fitting) == 0, "others");
}

LintFlaw any_purpose_critical(const ShapeSubject& subject) {
    return flaw_if(
        subject.fields.has_purpose(oid::any_purpose) &&
            subject.fields.is_critical(oid::extended_key_usage),
        "critical ones with anyExtendedKeyUsage"
    );
}

LintFlaw point_without_uri(const ShapeSubject& subject) {
    if (!subject.fields.distribution_points) {
        return {};
    }
    for (const DistributionPointField& point : *subject.fields.distribution_points) {
        const auto& names = point.full_name;
        const bool is_reachable =
            std::any_of(names.begin(), names.end(), [](const GeneralNameField& name) {
                return name.kind == GeneralNameKind::uri &&
                       (name.text.starts_with("http:") || name.text.starts_with("https:") ||
                        name.text.starts_with("ldap:") || name.text.starts_with("ldaps:"));
            });
        if (!names.empty() && !is_reachable) {
            return general_name_text(names.front());
        }
    }
    return {};
}

// What hardly anybody checks.
LintFlaw constraint_of_odd_kind(const ShapeSubject& subject) {
    const auto& constraints = subject.fields.name_constraints;
    if (!constraints) {
        return {};
    }
    for (const auto* list : {&constraints->permitted, &constraints->excluded}) {
        for (const GeneralNameField& base : list->value_or(std::vector<GeneralNameField>())) {
            if (base.kind == GeneralNameKind::x400 || base.kind == GeneralNameKind::edi ||
                base.kind == GeneralNameKind::registered) {
                return general_name_text(base);
            }
        }
    }
    return {};
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

LintFlaw access_without_uri(const ShapeSubject& subject) {
    if (subject.fields.authority_access) {
        for (const AccessField& access : *subject.fields.authority_access) {
            const std::string& uri = access.place.text;
            const bool is_reachable = uri.starts_with("http://") || uri.starts_with("https://") ||
                                      uri.starts_with("ldap://") || uri.starts_with("ldaps://");
            if (access.place.kind != GeneralNameKind::uri ||
                (access.method == oid::access_by_issuers && !is_reachable)) {
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
    {"key-usage-unnamed",
     "RFC 5280 section 4.2.1.3",
     LintSeverity::warning,
     "the nine key usages that have a name",
     unnamed_usage},
    {"authority-key-usage-encipherment",
     "RFC 3279 section 2.3.1",
     LintSeverity::warning,
     "an RSA key that signs certificates or lists to encipher nothing",
     authority_key_enciphers},
    {"key-usage-against-purposes",
     "RFC 5280 section 4.2.1.12",
     LintSeverity::warning,
     "a key usage that is consistent with the extended key usages",
     purpose_without_usage},
    {"purposes-any-critical",
     "RFC 5280 section 4.2.1.12",
     LintSeverity::warning,
     "extended key usages that are not critical beside anyExtendedKeyUsage",
     any_purpose_critical},
    {"distribution-points-not-uri",
     "RFC 5280 section 4.2.1.13",
     LintSeverity::warning,
     "each distribution point at an HTTP or LDAP URI",
     point_without_uri},
    {"name-constraint-kind",
     "RFC 5280 section 4.2.1.10",
     LintSeverity::warning,
     "no constraints on x400Address, ediPartyName or registeredID",
     constraint_of_odd_kind},
    {"agreement-key-usage",
     "RFC 8410 section 5",
     LintSeverity::error,
     "keyAgreement and no other use of an X25519 key",
     agreement_key_for_others},
    {"authority-access-not-uri",
     "RFC 5280 section 4.2.2.1",
     LintSeverity::warning,
     "authority information at a URI, certificates of issuers by HTTP or LDAP",
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
    static const std::vector<LintRule<ShapeSubject>> rules = [] {
        std::vector<LintRule<ShapeSubject>> all(
            std::begin(certificate_rules), std::end(certificate_rules)
        );
        for (const auto& part :
             {encoding_lint_rules(), key_lint_rules(), name_lint_rules(), policy_lint_rules()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return rules;
}

}  // namespace heliograph::pki
