// SPDX-License-Identifier: Apache-2.0
// The part of profile.hpp that is about names a CA may vouch for.
#include <pki/x509/certificate_fields.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/profile.hpp>

#include <algorithm>

namespace heliograph::pki {

NameConstraints loopback_constraints() {
    return {.dns = {"localhost"}, .ip_ranges = {"127.0.0.0/8", "::1/128"}};
}

namespace {

// `example.org` is that host alone, `.example.org` all hosts below it (RFC 5280, section 4.2.1.10).
Result<std::string> permitted_uri_host(std::string_view text) {
    const bool below = text.starts_with('.');
    HG_TRY(std::string host, normal_dns_name(text.substr(below ? 1 : 0), Wildcard::refused));
    return below ? "." + host : host;
}

// The same of the hosts of mailboxes, or one mailbox.
Result<std::string> permitted_mailboxes(std::string_view text) {
    return text.find('@') == std::string_view::npos ? permitted_uri_host(text) : normal_email(text);
}

enum class NameSort { dns, ip, uri, email, as_it_looks };

struct SortedName {
    NameSort sort;
    std::string_view text;
};

SortedName sort_of(std::string_view name) {
    constexpr std::string_view dns = "dns:";
    constexpr std::string_view ip = "ip:";
    constexpr std::string_view uri = "uri:";
    constexpr std::string_view email = "email:";
    if (name.starts_with(dns)) {
        return {NameSort::dns, name.substr(dns.size())};
    }
    if (name.starts_with(ip)) {
        return {NameSort::ip, name.substr(ip.size())};
    }
    if (name.starts_with(uri)) {
        return {NameSort::uri, name.substr(uri.size())};
    }
    if (name.starts_with(email)) {
        return {NameSort::email, name.substr(email.size())};
    }
    return {NameSort::as_it_looks, name};
}

Error no_known_sort(const std::string& name) {
    return {
        ErrorCode::invalid_argument,
        "expected what may be vouched for as dns:ZONE, ip:CIDR, uri:HOST or email:HOST, saw " +
            in_quotes(name)};
}

}  // namespace

Result<NameConstraints> parse_constraints(const std::vector<std::string>& names) {
    constexpr std::size_t limit = 64;
    if (names.size() > limit) {
        return Error(ErrorCode::too_large, "expected at most 64 permitted names, saw more");
    }
    NameConstraints constraints;
    for (const std::string& name : names) {
        const auto [sort, text] = sort_of(name);
        const auto range = parse_ip_range(text);
        const bool meant_as_address =
            sort == NameSort::ip ||
            (sort == NameSort::as_it_looks && text.find_first_of(":/") != std::string_view::npos);
        if (sort == NameSort::uri) {
            HG_TRY(std::string host, permitted_uri_host(text));
            constraints.uri.push_back(std::move(host));
        } else if (sort == NameSort::email) {
            HG_TRY(std::string mailboxes, permitted_mailboxes(text));
            constraints.email.push_back(std::move(mailboxes));
        } else if (range && sort != NameSort::dns) {
            HG_TRY(std::string address, format_ip_range(*range));
            constraints.ip_ranges.push_back(std::move(address));
        } else if (meant_as_address) {
            return sort == NameSort::ip ? range.error() : no_known_sort(name);
        } else {
            HG_TRY(std::string zone, normal_dns_name(text, Wildcard::refused));
            constraints.dns.push_back(std::move(zone));
        }
    }
    return constraints;
}

Result<NameConstraints> constraints_of(const Certificate& certificate) {
    HG_TRY(const CertificateFields fields, read_certificate_fields(certificate.to_der()));
    if (fields.extension(oid::name_constraints) != nullptr && !fields.name_constraints) {
        return Error(
            ErrorCode::malformed, "expected well-formed name constraints, saw something else"
        );
    }
    NameConstraints constraints;
    if (!fields.name_constraints || !fields.name_constraints->permitted) {
        return constraints;
    }
    for (const GeneralNameField& base : *fields.name_constraints->permitted) {
        if (base.kind == GeneralNameKind::dns) {
            constraints.dns.push_back(base.text);
        } else if (base.kind == GeneralNameKind::uri) {
            constraints.uri.push_back(base.text);
        } else if (base.kind == GeneralNameKind::email) {
            constraints.email.push_back(base.text);
        } else if (base.kind == GeneralNameKind::ip) {
            HG_TRY(std::string range, format_ip_range(base.content));
            constraints.ip_ranges.push_back(std::move(range));
        }
    }
    return constraints;
}

std::string NameConstraints::describe() const {
    std::string text;
    for (const auto* list : {&dns, &ip_ranges}) {
        for (const std::string& name : *list) {
            text += (text.empty() ? "" : ", ") + name;
        }
    }
    for (const std::string& host : uri) {
        text += (text.empty() ? "uri:" : ", uri:") + host;
    }
    for (const std::string& mailboxes : email) {
        text += (text.empty() ? "email:" : ", email:") + mailboxes;
    }
    return text;
}

}  // namespace heliograph::pki
