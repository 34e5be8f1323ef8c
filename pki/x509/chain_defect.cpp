// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/chain_defect.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::pki {

std::string_view chain_defect_name(ChainDefectCode code) {
    constexpr std::pair<ChainDefectCode, std::string_view> words[] = {
        {ChainDefectCode::expired, "expired"},
        {ChainDefectCode::not_yet_valid, "not-yet-valid"},
        {ChainDefectCode::untrusted_issuer, "untrusted-issuer"},
        {ChainDefectCode::bad_signature, "bad-signature"},
        {ChainDefectCode::wrong_purpose, "wrong-purpose"},
        {ChainDefectCode::not_strict, "not-strict"},
        {ChainDefectCode::path_too_long, "path-too-long"},
        {ChainDefectCode::name_constraint, "name-constraint"},
        {ChainDefectCode::weak_key, "weak-key"},
        {ChainDefectCode::revoked, "revoked"},
        {ChainDefectCode::revocation_unknown, "revocation-unknown"},
        {ChainDefectCode::revocation_list_expired, "revocation-list-expired"},
        {ChainDefectCode::revocation_list_invalid, "revocation-list-invalid"},
        {ChainDefectCode::wrong_name, "wrong-name"},
        {ChainDefectCode::policy, "policy"},
        {ChainDefectCode::budget, "budget"}};
    for (const auto& [known, word] : words) {
        if (known == code) {
            return word;
        }
    }
    return "other";
}

// Server certificates may have no subject (RFC 9525 looks at the names alone).
std::string display_name(const Certificate& certificate) {
    if (!certificate.subject().empty()) {
        return certificate.subject();
    }
    for (const auto* names :
         {&certificate.dns_names(), &certificate.ip_addresses(), &certificate.uris()}) {
        if (!names->empty()) {
            return names->front();
        }
    }
    return "serial " + certificate.serial_hex();
}

ChainDefect make_defect(
    const DefectRule& rule,
    const Certificate& certificate,
    std::string expected,
    const std::string& seen
) {
    std::string who = display_name(certificate);
    std::string text = "'" + who + "': " + seen;
    return {
        rule.code,
        std::move(who),
        std::move(expected),
        std::move(text),
        std::string(rule.id),
        std::string(rule.clause)};
}

ChainDefect make_expired_defect(const Certificate& certificate, Instant at) {
    return {
        ChainDefectCode::expired,
        display_name(certificate),
        "a certificate that is valid at " + format_rfc3339(at),
        "'" + display_name(certificate) + "', which expired at " +
            format_rfc3339(certificate.not_after()) + "; it must be renewed",
        "expired",
        "RFC 5280 section 6.1.3 (a)(2)"};
}

ChainDefect make_early_defect(const Certificate& certificate, Instant at) {
    return {
        ChainDefectCode::not_yet_valid,
        display_name(certificate),
        "a certificate that is valid at " + format_rfc3339(at) + ", as the clock says",
        "'" + display_name(certificate) + "', which is valid from " +
            format_rfc3339(certificate.not_before()) + "; check the clock of this machine",
        "clock",
        "RFC 5280 section 6.1.3 (a)(2)"};
}

bool ChainReport::has(ChainDefectCode code) const {
    return std::any_of(defects.begin(), defects.end(), [code](const ChainDefect& defect) {
        return defect.code == code;
    });
}

std::string ChainReport::summary() const {
    std::string text;
    for (const ChainDefect& defect : defects) {
        text += (text.empty() ? "" : "; ") + defect.message();
    }
    return text;
}

}  // namespace heliograph::pki
