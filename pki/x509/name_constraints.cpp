// SPDX-License-Identifier: Apache-2.0
// The part of profile.hpp that is about names a CA may vouch for.
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/profile.hpp>

#include <algorithm>

namespace heliograph::pki {

NameConstraints loopback_constraints() {
    return {.dns = {"localhost"}, .ip_ranges = {"127.0.0.0/8", "::1/128"}};
}

Result<NameConstraints> parse_constraints(const std::vector<std::string>& names) {
    constexpr std::size_t limit = 64;
    if (names.size() > limit) {
        return Error(ErrorCode::too_large, "expected at most 64 permitted names, saw more");
    }
    NameConstraints constraints;
    for (const std::string& name : names) {
        const auto range = parse_ip_range(name);
        const bool meant_as_address = name.find_first_of(":/") != std::string::npos;
        if (range) {
            HG_TRY(std::string text, format_ip_range(*range));
            constraints.ip_ranges.push_back(std::move(text));
        } else if (meant_as_address) {
            return range.error();
        } else {
            HG_TRY(std::string text, normal_dns_name(name, Wildcard::refused));
            constraints.dns.push_back(std::move(text));
        }
    }
    return constraints;
}

Result<NameConstraints> constraints_of(const Certificate& certificate) {
    HG_TRY(
        const auto value,
        decode_extension<NameConstraintsHandle>(
            certificate.native(), NID_name_constraints, X509_get_ext_d2i
        )
    );
    NameConstraints constraints;
    const auto* const permitted = value == nullptr ? nullptr : value->permittedSubtrees;
    for (int i = 0; i < sk_GENERAL_SUBTREE_num(permitted); ++i) {
        int type = 0;
        const auto* const base = static_cast<const ASN1_STRING*>(
            GENERAL_NAME_get0_value(sk_GENERAL_SUBTREE_value(permitted, i)->base, &type)
        );
        if (type != GEN_DNS && type != GEN_IPADD) {
            continue;
        }
        const auto size = static_cast<std::size_t>(ASN1_STRING_length(base));
        const auto octets = std::as_bytes(std::span(ASN1_STRING_get0_data(base), size));
        if (type == GEN_DNS) {
            constraints.dns.emplace_back(text_of(octets));
        } else {
            HG_TRY(std::string text, format_ip_range(octets));
            constraints.ip_ranges.push_back(std::move(text));
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
    return text;
}

}  // namespace heliograph::pki
