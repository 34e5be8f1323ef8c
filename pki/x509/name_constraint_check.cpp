// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_constraint_check.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/peer_name_match.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

// `example.org` means itself and all below it.
bool is_within_domain(std::string_view name, std::string_view base) {
    const std::string low = ascii_lower(name);
    const std::string limit = ascii_lower(base);
    return limit.empty() || low == limit ||
           (low.size() > limit.size() && low.ends_with(limit) &&
            low[low.size() - limit.size() - 1] == '.');
}

// A host of a URI or mailbox: `.example.org` means all below, `example.org` that host alone.
bool is_host_within(std::string_view host, std::string_view base) {
    if (base.starts_with('.')) {
        return host.size() > base.size() && ascii_lower(host).ends_with(ascii_lower(base));
    }
    return ascii_lower(host) == ascii_lower(base);
}

// Whether some name that the wildcard stands for may lie within the base. `*.example.org` stands
// for `a.example.org`, so that an excluded `a.example.org` excludes it.
bool may_be_within_domain(std::string_view name, std::string_view base) {
    if (!name.starts_with("*.")) {
        return is_within_domain(name, base);
    }
    const std::string_view parent = name.substr(2);
    if (is_within_domain(parent, base)) {
        return true;
    }
    const std::size_t dot = base.find('.');
    return dot != std::string_view::npos &&
           ascii_lower(base.substr(dot + 1)) == ascii_lower(parent);
}

bool is_wholly_within_domain(std::string_view name, std::string_view base) {
    return is_within_domain(name.starts_with("*.") ? name.substr(2) : name, base);
}

bool is_mailbox_within(std::string_view mailbox, std::string_view base) {
    const auto domain = mailbox_domain(mailbox);
    if (!domain) {
        return false;
    }
    if (const auto wanted = mailbox_domain(base)) {
        return ascii_lower(*domain) == ascii_lower(*wanted) &&
               mailbox.substr(0, mailbox.find('@')) == base.substr(0, base.find('@'));
    }
    return is_host_within(*domain, base);
}

// The host of `scheme://user@host:port/path`, if it is a name.
std::optional<std::string_view> uri_host(std::string_view uri) {
    const std::size_t slashes = uri.find("://");
    if (slashes == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view authority = uri.substr(slashes + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        authority.remove_prefix(at + 1);
    }
    authority = authority.substr(0, authority.find(':'));
    const bool named = !authority.empty() && !authority.starts_with('[') && !parse_ip(authority);
    return named ? std::optional(authority) : std::nullopt;
}

bool is_address_within(ByteSpan address, ByteSpan range) {
    if (range.size() != 2 * address.size()) {
        return false;
    }
    for (std::size_t i = 0; i < address.size(); ++i) {
        const std::byte mask = range[address.size() + i];
        if ((address[i] & mask) != (range[i] & mask)) {
            return false;
        }
    }
    return true;
}

enum class Subtree { permitted, excluded };

bool matches_base(const GeneralNameField& name, const GeneralNameField& base, Subtree tree) {
    switch (name.kind) {
        case GeneralNameKind::dns:
            return tree == Subtree::permitted ? is_wholly_within_domain(name.text, base.text)
                                              : may_be_within_domain(name.text, base.text);
        case GeneralNameKind::email:
            return is_mailbox_within(name.text, base.text);
        case GeneralNameKind::uri: {
            const auto host = uri_host(name.text);
            // What has no host name cannot be shown to lie outside of an excluded domain.
            return host ? is_host_within(*host, base.text) : tree == Subtree::excluded;
        }
        case GeneralNameKind::ip:
            return is_address_within(name.content, base.content);
        case GeneralNameKind::directory:
            return name.directory.is_within(base.directory);
        default:
            // Names that cannot be compared: nothing shows that they are permitted or not excluded.
            return tree == Subtree::excluded;
    }
}

std::vector<GeneralNameField> constrained_names(const CertificateFields& fields) {
    std::vector<GeneralNameField> names;
    if (!fields.subject.empty()) {
        GeneralNameField subject;
        subject.kind = GeneralNameKind::directory;
        subject.directory = fields.subject;
        names.push_back(std::move(subject));
    }
    bool has_mailbox = false;
    if (fields.alternative_names) {
        for (const GeneralNameField& name : *fields.alternative_names) {
            has_mailbox = has_mailbox || name.kind == GeneralNameKind::email;
            names.push_back(name);
        }
    }
    // A mailbox in the subject counts where no alternative name says otherwise.
    if (!has_mailbox) {
        for (std::string& text : fields.subject.values_of(oid::email_address)) {
            GeneralNameField mailbox;
            mailbox.kind = GeneralNameKind::email;
            mailbox.text = std::move(text);
            names.push_back(std::move(mailbox));
        }
    }
    return names;
}

ConstraintFinding check_name(
    const NameConstraintsField& constraints, const GeneralNameField& name, ComparisonBudget& budget
) {
    if (constraints.excluded) {
        for (const GeneralNameField& base : *constraints.excluded) {
            if (base.kind != name.kind) {
                continue;
            }
            if (budget.left == 0) {
                return {ConstraintOutcome::exhausted};
            }
            --budget.left;
            if (matches_base(name, base, Subtree::excluded)) {
                return {ConstraintOutcome::violated, general_name_text(name), "is excluded"};
            }
        }
    }
    bool constrained = false;
    if (constraints.permitted) {
        for (const GeneralNameField& base : *constraints.permitted) {
            if (base.kind != name.kind) {
                continue;
            }
            constrained = true;
            if (budget.left == 0) {
                return {ConstraintOutcome::exhausted};
            }
            --budget.left;
            if (matches_base(name, base, Subtree::permitted)) {
                return {};
            }
        }
    }
    if (constrained) {
        return {
            ConstraintOutcome::violated, general_name_text(name), "is none of the permitted ones"};
    }
    return {};
}

bool is_mask(ByteSpan mask) {
    bool ended = false;
    for (const std::byte octet : mask) {
        for (unsigned bit = 0x80U; bit != 0; bit >>= 1U) {
            const bool set = (std::to_integer<unsigned>(octet) & bit) != 0;
            if (set && ended) {
                return false;
            }
            ended = ended || !set;
        }
    }
    return true;
}

}  // namespace

bool is_well_formed_constraint(const GeneralNameField& base) {
    const auto is_host = [](std::string_view text) {
        return normal_dns_name(text, Wildcard::refused).has_value();
    };
    switch (base.kind) {
        case GeneralNameKind::dns:
            return base.text.empty() || is_host(base.text);
        case GeneralNameKind::email: {
            if (base.text.find('@') != std::string::npos) {
                return mailbox_domain(base.text).has_value();
            }
            return is_host(base.text.starts_with('.') ? base.text.substr(1) : base.text);
        }
        case GeneralNameKind::uri:
            return is_host(base.text.starts_with('.') ? base.text.substr(1) : base.text);
        case GeneralNameKind::ip:
            return (base.content.size() == 8 || base.content.size() == 32) &&
                   is_mask(base.content.subspan(base.content.size() / 2));
        default:
            return true;
    }
}

ConstraintFinding check_name_constraints(
    const NameConstraintsField& constraints,
    const CertificateFields& below,
    ComparisonBudget& budget
) {
    for (const GeneralNameField& name : constrained_names(below)) {
        ConstraintFinding finding = check_name(constraints, name, budget);
        if (finding.outcome != ConstraintOutcome::held) {
            return finding;
        }
    }
    return {};
}

}  // namespace heliograph::pki
