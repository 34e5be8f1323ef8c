// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/name_rule.hpp>

#include <algorithm>
#include <set>

namespace heliograph::pki {

namespace {

constexpr std::size_t leaf_name_limit = 100;

// The names that the profile of a kind has room for, and why it has no other.
struct NameRoom {
    bool addresses = false;
    bool identity = false;
    bool mailboxes = false;
    std::string_view reason = {};
};

NameRoom room_of(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
        case LeafKind::peer:
            return {
                .addresses = true,
                .identity = true,
                .reason = "is known by DNS names, IP addresses and one URI"};
        case LeafKind::client:
            return {
                .identity = true,
                .mailboxes = true,
                .reason = "is known by one URI, its identity, and e-mail addresses"};
        case LeafKind::recipient:
            return {
                .mailboxes = true, .reason = "is known by its common name and e-mail addresses"};
        case LeafKind::ocsp:
            return {.reason = "answers for its issuer and is known by its common name alone"};
        case LeafKind::signer:
            break;
    }
    return {.reason = "signs pages, connects to nobody, and is known by its common name alone"};
}

bool has_addresses(LeafKind kind) {
    return room_of(kind).addresses;
}

Error no_room(LeafKind kind, const std::string& names) {
    const std::string word(leaf_kind_name(kind));
    return {
        ErrorCode::invalid_argument,
        "expected no " + names + " for a certificate of the kind " + word + ", which " +
            std::string(room_of(kind).reason) + ", saw some"};
}

Outcome check_sorts(const LeafProfile& profile) {
    const std::string kind(leaf_kind_name(profile.kind));
    const bool named = !profile.dns.empty() || !profile.ip.empty();
    if (has_addresses(profile.kind) && !named) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a DNS name or an IP address for a " + kind + " certificate, saw none"
        );
    }
    const NameRoom room = room_of(profile.kind);
    if (!room.addresses && named) {
        return no_room(profile.kind, "DNS names and IP addresses");
    }
    if (!room.identity && !profile.uri.empty()) {
        return no_room(profile.kind, "URI and no role");
    }
    if (profile.uri.size() > 1) {
        return Error(
            ErrorCode::invalid_argument,
            "expected at most one URI, the identity, saw " + std::to_string(profile.uri.size())
        );
    }
    if (!room.mailboxes && !profile.email.empty()) {
        return no_room(profile.kind, "e-mail addresses");
    }
    if (profile.dns.size() + profile.ip.size() + profile.email.size() > leaf_name_limit) {
        return Error(
            ErrorCode::invalid_argument, "expected at most 100 names in a certificate, saw more"
        );
    }
    return {};
}

// A server's is a copy of its first DNS name, for people and old tools. Left out where the field is
// too short, and for an address, which OpenSSL would compare with the DNS names that the root
// permits.
Result<std::string> common_name_for(
    const LeafProfile& profile, const LeafNames& names, const std::set<std::string>& seen
) {
    if (!has_addresses(profile.kind)) {
        if (!profile.common_name.empty()) {
            HG_CHECK(check_display_name(profile.common_name));
        }
        return profile.common_name;
    }
    if (!profile.common_name.empty()) {
        if (seen.count(profile.common_name) == 0) {
            return Error(
                ErrorCode::invalid_argument,
                "expected the common name of a server certificate to be one of its names, saw " +
                    in_quotes(profile.common_name)
            );
        }
        return profile.common_name;
    }
    const bool fits = !names.dns.empty() && names.dns.front().size() <= 64;
    return fits ? names.dns.front() : std::string();
}

std::vector<ChainPurpose> chain_purposes(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return {ChainPurpose::server};
        case LeafKind::client:
            return {ChainPurpose::client};
        case LeafKind::peer:
            return {ChainPurpose::server, ChainPurpose::client};
        case LeafKind::recipient:
            return {ChainPurpose::recipient};
        case LeafKind::signer:
        case LeafKind::ocsp:
            break;
    }
    return {ChainPurpose::signer};
}

std::string joined(const std::vector<const std::vector<std::string>*>& lists) {
    std::string text;
    for (const auto* list : lists) {
        for (const std::string& name : *list) {
            text += (text.empty() ? "" : ", ") + name;
        }
    }
    return in_quotes(text);
}

Error outside(const NameConstraints& permitted, const std::string& seen) {
    return {
        ErrorCode::invalid_argument,
        "expected names that this authority may vouch for (" + permitted.describe() +
            " and names below), saw " + seen +
            "; an authority for more names is made with 'pki init --permit'"};
}

bool is_below(std::string_view name, std::string_view zone) {
    return name == zone || (name.size() > zone.size() && name.ends_with(zone) &&
                            name[name.size() - zone.size() - 1] == '.');
}

bool is_in_range(const Bytes& address, const Bytes& range) {
    if (range.size() != address.size() * 2) {
        return false;
    }
    for (std::size_t i = 0; i < address.size(); ++i) {
        if ((address[i] & range[address.size() + i]) != range[i]) {
            return false;
        }
    }
    return true;
}

std::string_view host_of(std::string_view uri) {
    const std::size_t start = uri.find("://");
    if (start == std::string_view::npos) {
        return {};
    }
    std::string_view host = uri.substr(start + 3);
    host = host.substr(0, host.find_first_of("/?#"));
    host.remove_prefix(host.find('@') == std::string_view::npos ? 0 : host.find('@') + 1);
    return host.substr(0, host.find(':'));
}

bool is_permitted_host(std::string_view host, std::string_view rule) {
    return rule.starts_with('.') ? host.size() > rule.size() && host.ends_with(rule) : host == rule;
}

// Hosts are in lower case in a normal mailbox; what stands before the host is compared as it is.
bool is_permitted_mailbox(std::string_view mailbox, std::string_view rule) {
    return rule.find('@') == std::string_view::npos
               ? is_permitted_host(mailbox.substr(mailbox.find('@') + 1), rule)
               : mailbox == rule;
}

}  // namespace

std::string_view leaf_kind_name(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return "server";
        case LeafKind::client:
            return "client";
        case LeafKind::peer:
            return "peer";
        case LeafKind::ocsp:
            return "ocsp";
        case LeafKind::recipient:
            return "recipient";
        case LeafKind::signer:
            break;
    }
    return "signer";
}

Result<LeafKind> parse_leaf_kind(std::string_view text) {
    for (const LeafKind kind :
         {LeafKind::server,
          LeafKind::client,
          LeafKind::peer,
          LeafKind::signer,
          LeafKind::ocsp,
          LeafKind::recipient}) {
        if (text == leaf_kind_name(kind)) {
            return kind;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected one of server, client, peer, signer, ocsp, recipient, saw " + in_quotes(text)
    );
}

Result<LeafNames> check_leaf_names(const LeafProfile& profile) {
    HG_CHECK(check_sorts(profile));
    LeafNames names;
    std::set<std::string> seen;
    for (const std::string& text : profile.dns) {
        HG_TRY(std::string name, normal_dns_name(text, Wildcard::allowed));
        if (seen.insert(name).second) {
            names.dns.push_back(std::move(name));
        }
    }
    for (const std::string& text : profile.ip) {
        HG_TRY(const Bytes octets, parse_ip(text));
        HG_TRY(std::string name, format_ip(octets));
        if (seen.insert(name).second) {
            names.ip.push_back(std::move(name));
        }
    }
    for (const std::string& text : profile.uri) {
        HG_CHECK(check_uri(text));
        names.uri.push_back(text);
    }
    for (const std::string& text : profile.email) {
        HG_TRY(std::string address, normal_email(text));
        if (seen.insert(address).second) {
            names.email.push_back(std::move(address));
        }
    }
    HG_TRY(names.common_name, common_name_for(profile, names, seen));
    return names;
}

Outcome check_issuer_life(const Certificate& issuer, Instant now) {
    if (now < issuer.not_before()) {
        return Error(
            ErrorCode::stale,
            "expected a clock that is past the start of the issuer '" + issuer.subject() + "' at " +
                format_rfc3339(issuer.not_before()) + ", saw " + format_rfc3339(now) +
                "; set the clock of this machine"
        );
    }
    if (now > issuer.not_after()) {
        return Error(
            ErrorCode::stale,
            "expected an issuer that is still valid, saw '" + issuer.subject() +
                "', which ended at " + format_rfc3339(issuer.not_after()) +
                "; roll it over with 'pki rollover'"
        );
    }
    return {};
}

Outcome check_life(const Validity& validity, const Certificate& issuer) {
    if (validity.not_after <= validity.not_before) {
        return Error(ErrorCode::invalid_argument, "expected a life of at least one day, saw less");
    }
    HG_CHECK(check_issuer_life(issuer, validity.not_before + issuance_backdate));
    if (validity.not_after > issuer.not_after()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an end before that of the issuer '" + issuer.subject() + "' at " +
                format_rfc3339(issuer.not_after()) + ", saw " + format_rfc3339(validity.not_after) +
                "; ask for fewer days"
        );
    }
    return {};
}

Outcome pass_gate(
    const Certificate& leaf, LeafKind kind, const IssuerView& issuer, const Certificate& root
) {
    for (const ChainPurpose purpose : chain_purposes(kind)) {
        HG_TRY(
            ChainReport report,
            check_chain(
                {.leaf = leaf,
                 .intermediates = {issuer.certificate},
                 .roots = {root},
                 .revocation_lists = {},
                 .purpose = purpose,
                 .at = leaf.not_before() + issuance_backdate,
                 .revocation = RevocationPolicy::not_checked}
            )
        );
        // Answering for an authority is a purpose that the chain check does not know.
        if (kind == LeafKind::ocsp && leaf.has_extended_key_usage(ExtendedKeyUsage::ocsp_signing)) {
            std::erase_if(report.defects, [](const ChainDefect& defect) {
                return defect.code == ChainDefectCode::wrong_purpose;
            });
        }
        if (report.has(ChainDefectCode::name_constraint)) {
            HG_TRY(const NameConstraints permitted, constraints_of(root));
            const bool unnamed = leaf.dns_names().empty() && leaf.ip_addresses().empty();
            return outside(
                permitted,
                unnamed ? joined({&leaf.uris(), &leaf.email_addresses()})
                        : joined({&leaf.dns_names(), &leaf.ip_addresses()})
            );
        }
        if (!report.accepted()) {
            return Error(
                ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
            );
        }
    }
    return {};
}

Outcome check_permitted(const LeafNames& names, const NameConstraints& permitted) {
    const auto none_of = [](const std::vector<std::string>& rules, auto matches) {
        return !rules.empty() && std::none_of(rules.begin(), rules.end(), matches);
    };
    for (const std::string& name : names.dns) {
        const std::string_view host = std::string_view(name).substr(name.starts_with("*.") ? 2 : 0);
        if (none_of(permitted.dns, [&](const std::string& zone) { return is_below(host, zone); })) {
            return outside(permitted, in_quotes(name));
        }
    }
    for (const std::string& address : names.ip) {
        HG_TRY(const Bytes octets, parse_ip(address));
        const auto covers = [&octets](const std::string& text) {
            const auto range = parse_ip_range(text);
            return range && is_in_range(octets, *range);
        };
        if (none_of(permitted.ip_ranges, covers)) {
            return outside(permitted, in_quotes(address));
        }
    }
    for (const std::string& mailbox : names.email) {
        const auto covers = [&mailbox](const std::string& rule) {
            return is_permitted_mailbox(mailbox, rule);
        };
        if (none_of(permitted.email, covers)) {
            return outside(permitted, in_quotes(mailbox));
        }
    }
    for (const std::string& uri : names.uri) {
        const std::string_view host = host_of(uri);
        const auto covers = [host](const std::string& rule) {
            return is_permitted_host(host, rule);
        };
        if (none_of(permitted.uri, covers)) {
            return outside(permitted, in_quotes(uri));
        }
    }
    return {};
}

}  // namespace heliograph::pki
