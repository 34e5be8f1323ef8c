// SPDX-License-Identifier: Apache-2.0
// What lint says of names in certificates beyond what path validation refuses.
#include <pki/lint/lint_rule.hpp>
#include <pki/lint/punycode.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/peer_name_match.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

namespace heliograph::pki {

namespace {

std::vector<std::reference_wrapper<const AttributeField>> attributes_of(const ShapeSubject& subject
) {
    const auto& above = subject.fields.issuer.attributes;
    const auto& own = subject.fields.subject.attributes;
    std::vector<std::reference_wrapper<const AttributeField>> all(above.begin(), above.end());
    all.insert(all.end(), own.begin(), own.end());
    return all;
}

LintFlaw odd_country(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        const bool capitals = std::all_of(one.text.begin(), one.text.end(), [](char c) {
            return c >= 'A' && c <= 'Z';
        });
        if (one.oid == "2.5.4.6" &&
            (one.tag != der_tag::printable_string || one.text.size() != 2 || !capitals)) {
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

std::size_t characters_in(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

LintFlaw long_attribute(const ShapeSubject& subject) {
    constexpr std::pair<std::string_view, std::size_t> limits[] = {
        {"2.5.4.3", 64},
        {"2.5.4.10", 64},
        {"2.5.4.11", 64},
        {"2.5.4.5", 64},
        {"2.5.4.7", 128},
        {"2.5.4.8", 128},
        {"2.5.4.9", 128},
        {"2.5.4.12", 64},
        {"2.5.4.17", 40},
        {"2.5.4.65", 128},
        {"2.5.4.4", 32768},
        {"2.5.4.41", 32768},
        {"2.5.4.42", 32768},
        {"1.2.840.113549.1.9.1", 255}};
    for (const AttributeField& one : attributes_of(subject)) {
        const std::size_t characters = characters_in(one.text);
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
            const std::string text = name.kind == GeneralNameKind::dns
                                         ? ascii_lower(general_name_text(name))
                                         : general_name_text(name);
            if (name.kind != GeneralNameKind::other && !seen.insert(text).second) {
                return text + " twice";
            }
        }
    }
    return {};
}

// Of `//user@host:port/path`, without brackets; nothing where there is no authority.
std::optional<std::string_view> uri_host(std::string_view uri) {
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || !uri.substr(colon + 1).starts_with("//")) {
        return std::nullopt;
    }
    std::string_view host = uri.substr(colon + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    const std::size_t at = host.rfind('@');
    host.remove_prefix(at == std::string_view::npos ? 0 : at + 1);
    if (host.starts_with('[')) {
        return host.substr(1, host.find(']') - 1);
    }
    return host.substr(0, host.find(':'));
}

// Underscores are in trust domains (SPIFFE) and do no harm here.
LintFlaw uri_flaw(const GeneralNameField& name) {
    if (!check_uri(name.text).has_value()) {
        return in_quotes(name.text);
    }
    const auto host = uri_host(name.text);
    std::string plain(host.value_or("a"));
    std::replace(plain.begin(), plain.end(), '_', 'x');
    const bool is_good =
        normal_dns_name(plain, Wildcard::refused).has_value() || parse_ip(plain).has_value();
    return flaw_if(!is_good, in_quotes(name.text));
}

// Neither in angle brackets nor with a comment.
bool is_plain_mailbox(std::string_view text) {
    return mailbox_domain(text) && text.find_first_of("<>() ") == std::string_view::npos;
}

LintFlaw odd_host_among(const std::optional<std::vector<GeneralNameField>>& names) {
    if (!names) {
        return {};
    }
    for (const GeneralNameField& name : *names) {
        const bool dns = name.kind == GeneralNameKind::dns &&
                         !normal_dns_name(name.text, Wildcard::allowed).has_value();
        const bool mailbox = name.kind == GeneralNameKind::email && !is_plain_mailbox(name.text);
        if (dns || mailbox) {
            return in_quotes(name.text);
        }
    }
    return {};
}

LintFlaw odd_uri_among(const std::optional<std::vector<GeneralNameField>>& names) {
    if (!names) {
        return {};
    }
    for (const GeneralNameField& name : *names) {
        if (auto flaw = name.kind == GeneralNameKind::uri ? uri_flaw(name) : LintFlaw()) {
            return flaw;
        }
    }
    return {};
}

LintFlaw odd_uri(const ShapeSubject& subject) {
    return odd_uri_among(subject.fields.alternative_names);
}

LintFlaw odd_issuer_name(const ShapeSubject& subject) {
    const auto host = odd_host_among(subject.fields.issuer_names);
    return host ? host : odd_uri_among(subject.fields.issuer_names);
}

// Path validation looks at the names of leaves alone.
LintFlaw odd_authority_name(const ShapeSubject& subject) {
    return (subject.where & position::authority) == 0
               ? LintFlaw()
               : odd_host_among(subject.fields.alternative_names);
}

LintFlaw odd_punycode(const ShapeSubject& subject) {
    if (!subject.fields.alternative_names) {
        return {};
    }
    for (const GeneralNameField& name : *subject.fields.alternative_names) {
        const std::string host = name.kind == GeneralNameKind::dns ? ascii_lower(name.text) : "";
        std::string_view rest = host;
        while (!rest.empty()) {
            const std::string_view label = rest.substr(0, rest.find('.'));
            rest.remove_prefix(std::min(rest.size(), label.size() + 1));
            if (label.starts_with("xn--") && !decode_punycode(label.substr(4))) {
                return in_quotes(name.text);
            }
        }
    }
    return {};
}

LintFlaw mailbox_not_repeated(const ShapeSubject& subject) {
    const auto& names = subject.fields.alternative_names;
    for (const std::string& mailbox : subject.fields.subject.values_of(oid::email_address)) {
        const bool repeated =
            names && std::any_of(names->begin(), names->end(), [&](const GeneralNameField& name) {
                return name.kind == GeneralNameKind::email && name.text == mailbox;
            });
        if (!repeated) {
            return in_quotes(mailbox);
        }
    }
    return {};
}

LintFlaw several_attributes(const ShapeSubject& subject) {
    for (const NameField* const name : {&subject.fields.issuer, &subject.fields.subject}) {
        if (name->attributes.size() > name->canonical.size()) {
            return LintFlaw("several at one level of a name");
        }
    }
    return {};
}

LintFlaw long_person(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        const bool is_person = one.oid == "2.5.4.4" || one.oid == "2.5.4.42";
        if (is_person && characters_in(one.text) > 64) {
            return std::to_string(characters_in(one.text)) + " characters";
        }
    }
    return {};
}

// `&amp;`, `&#228;`: escaped for a page once too often.
bool holds_entity(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos;
         at = text.find('&', at + 1)) {
        std::string_view rest = text.substr(at + 1);
        rest.remove_prefix(rest.starts_with('#') ? 1 : 0);
        const std::size_t end =
            rest.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
            );
        if (end != std::string_view::npos && end > 0 && rest[end] == ';') {
            return true;
        }
    }
    return false;
}

LintFlaw entity_in_name(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        if (holds_entity(one.text)) {
            return in_quotes(one.text);
        }
    }
    return {};
}

// The letters of U+00C0 to U+00FF in UTF-8 begin with the octet C3, which is the letter A with
// tilde where each octet is taken for a letter; what follows is the second octet as Latin-1 or as
// Windows-1252 has it.
bool holds_double_encoding(std::string_view text) {
    constexpr std::string_view tilde = "\xc3\x83";
    const std::size_t at = text.find(tilde);
    if (at == std::string_view::npos || at + 3 >= text.size()) {
        return false;
    }
    const auto lead = static_cast<unsigned char>(text[at + 2]);
    const auto next = static_cast<unsigned char>(text[at + 3]);
    const bool latin = lead == 0xc2 && next >= 0x80 && next <= 0xbf;
    const bool windows = lead == 0xe2 || lead == 0xc5 || lead == 0xc6 || lead == 0xcb;
    return latin || windows;
}

LintFlaw double_encoding(const ShapeSubject& subject) {
    for (const AttributeField& one : attributes_of(subject)) {
        if (holds_double_encoding(one.text)) {
            return "the attribute " + one.oid;
        }
    }
    return {};
}

constexpr auto name_rules = std::to_array<LintRule<ShapeSubject>>({
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
    {"name-long",
     "ITU-T X.411 annex B",
     LintSeverity::notice,
     "given names and surnames of at most 64 characters",
     long_person},
    {"name-blank",
     "RFC 5280 section 7.1",
     LintSeverity::warning,
     "names that neither begin nor end with a blank, nor are empty",
     blank_attribute},
    {"name-relative-several",
     "RFC 5280 section 4.1.2.4",
     LintSeverity::notice,
     "one attribute at each level of a name, for some readers know no other",
     several_attributes},
    {"name-html-entity",
     "RFC 5280 section 4.1.2.6",
     LintSeverity::warning,
     "names as they are, not escaped for a page",
     entity_in_name},
    {"name-encoded-twice",
     "RFC 5280 section 4.1.2.4",
     LintSeverity::warning,
     "letters that were encoded once",
     double_encoding},
    {"mailbox-in-subject",
     "RFC 5280 section 4.1.2.6",
     LintSeverity::warning,
     "mailboxes among the alternative names",
     mailbox_in_subject},
    {"mailbox-not-in-names",
     "RFC 5280 section 4.1.2.6",
     LintSeverity::error,
     "each mailbox of the subject among the alternative names",
     mailbox_not_repeated},
    {"names-repeated",
     "RFC 5280 section 4.2.1.6",
     LintSeverity::warning,
     "each alternative name once",
     same_name_twice},
    {"uri-form",
     "RFC 5280 section 4.2.1.6",
     LintSeverity::error,
     "absolute URIs with a scheme, and a host name or an address as their host",
     odd_uri},
    {"issuer-names-form",
     "RFC 5280 section 4.2.1.7",
     LintSeverity::error,
     "DNS names, mailboxes and URIs in their form as names of the issuer",
     odd_issuer_name},
    {"authority-names-form",
     "RFC 5280 section 4.2.1.6",
     LintSeverity::error,
     "DNS names and mailboxes in their form as names of an authority",
     odd_authority_name},
    {"dns-name-punycode",
     "RFC 5280 section 7.2, RFC 5891 section 4.4",
     LintSeverity::warning,
     "A-labels that stand for letters",
     odd_punycode},
});

}  // namespace

std::span<const LintRule<ShapeSubject>> name_lint_rules() {
    return name_rules;
}

}  // namespace heliograph::pki
