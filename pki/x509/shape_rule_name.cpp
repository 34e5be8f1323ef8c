// SPDX-License-Identifier: Apache-2.0
// The shape rules about names.
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/peer_name_match.hpp>
#include <pki/x509/shape_rule.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

using NameFlaw = std::optional<std::string>;

NameFlaw name_flaw_when(bool condition, std::string_view seen) {
    return condition ? NameFlaw(std::string(seen)) : NameFlaw();
}

const std::vector<GeneralNameField>& names_of(const CertificateFields& fields) {
    static const std::vector<GeneralNameField> none;
    return fields.alternative_names ? *fields.alternative_names : none;
}

NameFlaw empty_issuer(const ShapeSubject& subject) {
    return name_flaw_when(subject.fields.issuer.empty(), "an empty one");
}

NameFlaw empty_authority(const ShapeSubject& subject) {
    return name_flaw_when(subject.fields.subject.empty(), "an empty one");
}

NameFlaw nameless(const ShapeSubject& subject) {
    return name_flaw_when(
        subject.fields.subject.empty() && names_of(subject.fields).empty(), "neither"
    );
}

NameFlaw names_not_critical(const ShapeSubject& subject) {
    return name_flaw_when(
        subject.fields.subject.empty() && subject.fields.alternative_names &&
            !subject.fields.is_critical(oid::subject_alternative_name),
        "not critical"
    );
}

NameFlaw names_needlessly_critical(const ShapeSubject& subject) {
    return name_flaw_when(
        !subject.fields.subject.empty() &&
            subject.fields.is_critical(oid::subject_alternative_name),
        "critical names beside a subject"
    );
}

bool serves(const CertificateFields& fields) {
    return !fields.purposes || fields.has_purpose(oid::server_auth);
}

NameFlaw no_names(const ShapeSubject& subject) {
    return name_flaw_when(
        serves(subject.fields) && names_of(subject.fields).empty() && subject.fields.faults.empty(),
        "none"
    );
}

NameFlaw odd_dns_name(const ShapeSubject& subject) {
    for (const GeneralNameField& name : names_of(subject.fields)) {
        if (name.kind == GeneralNameKind::dns &&
            !normal_dns_name(name.text, Wildcard::allowed).has_value()) {
            return in_quotes(name.text);
        }
    }
    return {};
}

NameFlaw odd_mailbox(const ShapeSubject& subject) {
    for (const GeneralNameField& name : names_of(subject.fields)) {
        if (name.kind == GeneralNameKind::email && !mailbox_domain(name.text)) {
            return in_quotes(name.text);
        }
    }
    return {};
}

bool repeats(const GeneralNameField& name, const std::string& text) {
    if (name.kind == GeneralNameKind::ip) {
        const auto address = format_ip(name.content);
        return address.has_value() && *address == text;
    }
    return name.text == text;
}

// A name that a person may read as the host's: it must be a copy of an alternative name, letter by
// letter, or a domain above one, or of another kind than all of them. The public web's rule knows
// the copy alone; its own valid certificates in test suites do not keep it.
bool misleads(const std::string& text, const std::vector<GeneralNameField>& names) {
    bool has_dns = false;
    bool has_address = false;
    for (const GeneralNameField& name : names) {
        if (repeats(name, text)) {
            return false;
        }
        has_dns = has_dns || name.kind == GeneralNameKind::dns;
        has_address = has_address || name.kind == GeneralNameKind::ip;
    }
    const bool digit = !text.empty() && text.front() >= '0' && text.front() <= '9';
    if (digit || text.find(':') != std::string::npos) {
        return has_dns || has_address;  // It reads as an address.
    }
    const auto host = normal_dns_name(text, Wildcard::refused);
    if (!host || *host != text) {
        return has_dns;
    }
    return has_dns && std::none_of(names.begin(), names.end(), [&text](const auto& name) {
               return name.kind == GeneralNameKind::dns && name.text.ends_with("." + text);
           });
}

NameFlaw foreign_common_name(const ShapeSubject& subject) {
    if (!serves(subject.fields)) {
        return {};
    }
    for (const std::string& text : subject.fields.subject.values_of(oid::common_name)) {
        if (misleads(text, names_of(subject.fields))) {
            return in_quotes(text);
        }
    }
    return {};
}

using Code = ChainDefectCode;

constexpr auto name_table = std::to_array<ShapeRule>({
    {"issuer-empty",
     "RFC 5280 section 4.1.2.4",
     Code::not_strict,
     rules_of::all,
     position::every,
     "an issuer's name",
     empty_issuer},
    {"authority-subject-empty",
     "RFC 5280 section 4.1.2.6",
     Code::not_strict,
     rules_of::all,
     position::authority,
     "a name of the authority",
     empty_authority},
    {"subject-and-names-empty",
     "RFC 5280 section 4.1.2.6",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "a subject or alternative names",
     nameless},
    {"names-not-critical",
     "RFC 5280 section 4.2.1.6",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "critical alternative names where the subject is empty",
     names_not_critical},
    {"names-critical",
     "RFC 5280 section 4.2.1.6",
     Code::not_strict,
     rules_of::webpki,
     position::leaf,
     "alternative names that are critical only where the subject is empty",
     names_needlessly_critical},
    {"names-missing",
     "RFC 9525 section 2, CA/B Forum BR section 7.1.2.7.12",
     Code::not_strict,
     rules_of::webpki,
     position::leaf,
     "subject alternative names",
     no_names},
    {"dns-name-form",
     "RFC 5280 section 4.2.1.6, RFC 9525 section 6.3",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "DNS names of letters, digits and hyphens, a wildcard only above two labels",
     odd_dns_name},
    {"mailbox-form",
     "RFC 5280 section 4.2.1.6",
     Code::not_strict,
     rules_of::strict,
     position::leaf,
     "mailboxes such as who@example.org",
     odd_mailbox},
    {"common-name-not-in-names",
     "CA/B Forum BR section 7.1.4.3",
     Code::not_strict,
     rules_of::webpki,
     position::leaf,
     "a common name that repeats an alternative name, or cannot be read as another host's",
     foreign_common_name},
});

}  // namespace

std::span<const ShapeRule> name_shape_rules() {
    return name_table;
}

}  // namespace heliograph::pki
