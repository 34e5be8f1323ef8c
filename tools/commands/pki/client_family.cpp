// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/key_usage.hpp>
#include <tools/commands/pki/client_family.hpp>
#include <tools/commands/pki/judgement.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::tools::pki_commands {

namespace {

constexpr ClientFamily known_families[] = {
    {"lenient", "curl, OpenSSL and Python before 3.13", pki::RuleSet::rfc5280},
    {"strict",
     "Python from 3.13 and other strict clients (X509_STRICT)",
     pki::RuleSet::private_authority},
    {"webpki", "browsers and webpki (uv)", pki::RuleSet::webpki}};

// Of the rules of our own profile, those that OpenSSL enforces with X509_STRICT (check_extensions
// in its x509_vfy.c), or at its usual level of security. The others nobody refuses a server for.
constexpr std::string_view x509_strict_rules[] = {
    "authority-basic-constraints-not-critical",
    "authority-key-usage-missing",
    "path-length-without-authority",
    "leaf-signs-certificates",
    "authority-subject-key-id-missing",
    "subject-key-id-critical",
    "authority-key-id-critical",
    "authority-key-id-missing",
    "subject-and-names-empty",
    "names-not-critical",
    "signature-parameters",
    "key-too-weak",
    "key-kind-unfit"};

bool has(const pki::ChainReport& report, std::string_view id) {
    return std::any_of(report.defects.begin(), report.defects.end(), [&](const auto& defect) {
        return defect.id == id;
    });
}

bool is_house_rule(const pki::ChainDefect& defect, const pki::ChainReport& lenient) {
    return !has(lenient, defect.id) &&
           std::find(std::begin(x509_strict_rules), std::end(x509_strict_rules), defect.id) ==
               std::end(x509_strict_rules);
}

bool is_about_key(const pki::ChainDefect& defect) {
    return defect.id == "key-too-weak" || defect.id == "key-kind-unfit";
}

// RFC 5280 does not apply to a certificate that is its own root (RFC 6818, section 2), so that
// OpenSSL is not strict with a chain of one.
bool is_exempt(const pki::ChainDefect& defect, const pki::ChainReport& lenient) {
    return lenient.path.size() == 1 && !has(lenient, defect.id) && !is_about_key(defect);
}

// What the policy for our own keys refuses, OpenSSL takes at its usual level of security, 2: from
// 112 bits, of every kind that it knows.
bool is_taken_key(const pki::ChainDefect& defect, const pki::ChainReport& report) {
    constexpr int least_bits = 112;
    return (is_about_key(defect) || defect.id == "key-kind-unsupported") &&
           std::all_of(report.path.begin(), report.path.end(), [&](const pki::Certificate& one) {
               const bool is_meant = one.subject().empty() || one.subject() == defect.subject;
               return !is_meant || pki::security_bits_of_key(one) >= least_bits;
           });
}

// OpenSSL asks a server's key usage for some key exchange (check_purpose_ssl_server in its
// v3_purp.c), whichever the handshake takes.
bool is_taken_usage(const pki::ChainDefect& defect, const pki::ChainRequest& request) {
    return defect.id == "key-usage-without-signature" && pki::permits_tls_handshakes(request.leaf);
}

// Nor does it take anyExtendedKeyUsage for a server's purpose, of the leaf or of an authority.
void add_purposes(const pki::ChainReport& report, std::vector<pki::ChainDefect>& reasons) {
    using Usage = pki::ExtendedKeyUsage;
    for (const pki::Certificate& one : report.path) {
        const bool is_told = std::any_of(reasons.begin(), reasons.end(), [&](const auto& reason) {
            return reason.code == pki::ChainDefectCode::wrong_purpose &&
                   reason.subject == one.subject();
        });
        if (is_told || !one.has_extended_key_usage(Usage::any) ||
            one.has_extended_key_usage(Usage::server_auth)) {
            continue;
        }
        const bool is_leaf = one == report.path.front();
        reasons.push_back(
            {pki::ChainDefectCode::wrong_purpose,
             one.subject(),
             "'" + one.subject() + "' to be issued for use as a TLS server",
             "anyExtendedKeyUsage without serverAuth, which programs on OpenSSL do not take",
             is_leaf ? "purpose-missing" : "authority-purpose",
             "RFC 5280 section 4.2.1.12"}
        );
    }
}

// OpenSSL takes the common name where a certificate has no DNS name (X509_check_host), and curl and
// Python leave that as it is; RFC 9525 does not.
bool is_common_name(const pki::ChainRequest& request) {
    const auto name = pki::PeerName::parse(request.leaf.subject_common_name());
    return request.leaf.dns_names().empty() && request.leaf.ip_addresses().empty() && name &&
           request.name && name->kind() == pki::PeerNameKind::dns &&
           request.name->kind() == name->kind() && request.name->text() == name->text();
}

}  // namespace

std::span<const ClientFamily> client_families() {
    return known_families;
}

std::vector<pki::ChainDefect> reasons_of(
    const ClientFamily& family,
    const pki::ChainRequest& request,
    const pki::ChainReport& report,
    const pki::ChainReport& lenient
) {
    if (family.rules == pki::RuleSet::webpki) {
        return report.defects;
    }
    std::vector<pki::ChainDefect> reasons;
    for (const pki::ChainDefect& defect : report.defects) {
        const bool by_common_name =
            defect.code == pki::ChainDefectCode::wrong_name && is_common_name(request);
        if (!by_common_name && !is_house_rule(defect, lenient) && !is_exempt(defect, lenient) &&
            !is_taken_key(defect, report) && !is_taken_usage(defect, request)) {
            reasons.push_back(defect);
        }
    }
    add_purposes(report, reasons);
    return reasons;
}

void Refusals::add(const pki::ChainDefect& defect, std::string_view who) {
    auto found = std::find_if(m_refusals.begin(), m_refusals.end(), [&](const Refusal& one) {
        return one.finding.id == defect.id && one.finding.subject == defect.subject;
    });
    if (found == m_refusals.end()) {
        found = m_refusals.insert(m_refusals.end(), {finding_of(defect), {}});
    }
    found->by += (found->by.empty() ? "" : "; ") + std::string(who);
}

void Refusals::tell(verify::Verdict& verdict) && {
    for (Refusal& one : m_refusals) {
        one.finding.advice += "; refused by " + one.by;
        verdict.add(std::move(one.finding));
    }
}

}  // namespace heliograph::tools::pki_commands
