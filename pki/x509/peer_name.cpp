// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/peer_name_match.hpp>

#include <algorithm>

namespace heliograph::pki {

Result<PeerName> PeerName::parse(std::string_view text) {
    if (const auto octets = parse_ip(text)) {
        HG_TRY(std::string address, format_ip(*octets));
        return PeerName(PeerNameKind::ip, std::move(address));
    }
    if (text.find("://") != std::string_view::npos) {
        HG_CHECK(check_uri(text));
        return PeerName(PeerNameKind::uri, std::string(text));
    }
    if (text.find('@') != std::string_view::npos) {
        if (!mailbox_domain(text)) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a mailbox such as who@example.org, saw " + in_quotes(text)
            );
        }
        return PeerName(PeerNameKind::email, std::string(text));
    }
    HG_TRY(std::string name, normal_dns_name(text, Wildcard::refused));
    return PeerName(PeerNameKind::dns, std::move(name));
}

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return lower;
}

std::optional<std::string_view> mailbox_domain(std::string_view mailbox) {
    const std::size_t at = mailbox.find('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == mailbox.size() ||
        mailbox.find('@', at + 1) != std::string_view::npos ||
        mailbox.find(' ') != std::string_view::npos) {
        return std::nullopt;
    }
    return mailbox.substr(at + 1);
}

bool dns_name_matches(std::string_view presented, std::string_view host) {
    const std::string pattern = ascii_lower(presented);
    const std::string name = ascii_lower(host);
    if (!pattern.starts_with("*.")) {
        return pattern == name;
    }
    const std::size_t dot = name.find('.');
    return dot != std::string::npos && dot > 0 &&
           std::string_view(name).substr(dot) == std::string_view(pattern).substr(1);
}

bool has_peer_name(const CertificateFields& fields, const PeerName& name) {
    if (!fields.alternative_names) {
        return false;
    }
    const auto matches = [&name](const GeneralNameField& seen) {
        switch (name.kind()) {
            case PeerNameKind::dns:
                return seen.kind == GeneralNameKind::dns &&
                       normal_dns_name(seen.text, Wildcard::allowed).has_value() &&
                       dns_name_matches(seen.text, name.text());
            case PeerNameKind::ip: {
                const auto wanted = parse_ip(name.text());
                return seen.kind == GeneralNameKind::ip && wanted.has_value() &&
                       to_bytes(seen.content) == *wanted;
            }
            case PeerNameKind::uri:
                return seen.kind == GeneralNameKind::uri && seen.text == name.text();
            case PeerNameKind::email:
                break;
        }
        const auto seen_domain = mailbox_domain(seen.text);
        const auto wanted_domain = mailbox_domain(name.text());
        return seen.kind == GeneralNameKind::email && seen_domain && wanted_domain &&
               ascii_lower(*seen_domain) == ascii_lower(*wanted_domain) &&
               seen.text.substr(0, seen.text.find('@')) ==
                   name.text().substr(0, name.text().find('@'));
    };
    return std::any_of(fields.alternative_names->begin(), fields.alternative_names->end(), matches);
}

}  // namespace heliograph::pki
