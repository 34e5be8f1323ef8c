// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/random.hpp>
#include <pki/x509/asn1_value.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/extension.hpp>
#include <pki/x509/ip_address.hpp>
#include <pki/x509/name_rule.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/signing.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace heliograph::pki {

namespace {

// Key usage bits, RFC 5280 section 4.2.1.3.
constexpr int digital_signature = 0;
constexpr int key_cert_sign = 5;
constexpr int crl_sign = 6;

struct SubjectName {
    std::string_view common_name;
    std::string_view organization;
};

// What all kinds have in common: version, serial, validity, key, subject.
struct Frame {
    SubjectName subject;
    Validity validity;
    EVP_PKEY* subject_key;
};

Outcome add_entry(X509_NAME* name, int nid, std::string_view text) {
    if (text.empty()) {
        return {};
    }
    HG_CHECK(check_display_name(text));
    return check(
        X509_NAME_add_entry_by_NID(
            name,
            nid,
            MBSTRING_UTF8,
            reinterpret_cast<const unsigned char*>(text.data()),
            static_cast<int>(text.size()),
            -1,
            0
        ),
        "write a name into a certificate"
    );
}

Result<X509Handle> make_frame(const Frame& frame) {
    X509Handle certificate(X509_new());
    HG_ASSERT(certificate != nullptr);
    constexpr long version_3 = 2;
    HG_CHECK(check(X509_set_version(certificate.get(), version_3), "set the version"));
    std::array<std::byte, 16> random{};
    HG_CHECK(fill_random(random));
    const BignumHandle number(BN_bin2bn(openssl_bytes(random), 16, nullptr));
    HG_ASSERT(number != nullptr);
    HG_ASSERT(
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr
    );
    HG_TRY(const TimeHandle not_before, asn1_time_of(frame.validity.not_before));
    HG_TRY(const TimeHandle not_after, asn1_time_of(frame.validity.not_after));
    HG_CHECK(check(X509_set1_notBefore(certificate.get(), not_before.get()), "set a time"));
    HG_CHECK(check(X509_set1_notAfter(certificate.get(), not_after.get()), "set a time"));
    HG_CHECK(check(X509_set_pubkey(certificate.get(), frame.subject_key), "set the public key"));
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    HG_CHECK(add_entry(subject, NID_organizationName, frame.subject.organization));
    HG_CHECK(add_entry(subject, NID_commonName, frame.subject.common_name));
    return certificate;
}

Outcome set_issuer(X509* certificate, const Certificate& issuer) {
    return check(
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer.native())), "set the issuer"
    );
}

Result<Certificate> signed_by(X509* certificate, const PrivateKey& key) {
    if (X509_sign(certificate, key.native(), signing_digest(key)) <= 0) {
        return openssl_error(ErrorCode::crypto, "sign a certificate");
    }
    return Certificate::parse_der(encode_der(certificate, i2d_X509));
}

Outcome check_life(const Validity& validity, const Certificate& issuer) {
    if (validity.not_after <= validity.not_before) {
        return Error(ErrorCode::invalid_argument, "expected a life of at least one day, saw less");
    }
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

std::string names_of(const Certificate& leaf) {
    std::string text = leaf.dns_names().empty() ? leaf.subject_common_name() : std::string();
    for (const auto* list : {&leaf.dns_names(), &leaf.ip_addresses()}) {
        for (const std::string& name : *list) {
            text += (text.empty() ? "" : ", ") + name;
        }
    }
    return in_quotes(text);
}

// The issuance gate: what a strict client would refuse is not issued. The names get a sentence of
// their own, since people meet that refusal.
Outcome pass_gate(const ChainRequest& request) {
    HG_TRY(const ChainReport report, check_chain(request));
    if (report.accepted()) {
        return {};
    }
    if (report.has(ChainDefectCode::name_constraint)) {
        HG_TRY(const NameConstraints permitted, constraints_of(request.roots.front()));
        return Error(
            ErrorCode::invalid_argument,
            "expected names that this authority may vouch for (" + permitted.describe() +
                " and names below), saw " + names_of(request.leaf) +
                "; an authority for more names is made with 'pki init --permit'"
        );
    }
    return Error(
        ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
    );
}

Instant now_in(const Validity& validity) {
    return validity.not_before + issuance_backdate;
}

// The gate for authorities: they are no end certificates, which is the one thing check_chain must
// find.
Result<Certificate> gated(Certificate authority, const Certificate& root, Instant at) {
    HG_TRY(
        ChainReport report,
        check_chain(
            {.leaf = authority,
             .intermediates = {},
             .roots = {root},
             .revocation_lists = {},
             .purpose = ChainPurpose::signer,
             .at = at,
             .revocation = RevocationPolicy::not_checked}
        )
    );
    std::erase_if(report.defects, [](const ChainDefect& defect) {
        return defect.code == ChainDefectCode::wrong_purpose;
    });
    if (!report.accepted()) {
        return Error(
            ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
        );
    }
    return authority;
}

int purpose_nid(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return NID_server_auth;
        case LeafKind::client:
            return NID_client_auth;
        case LeafKind::signer:
            break;
    }
    return NID_code_sign;
}

ChainPurpose chain_purpose(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return ChainPurpose::server;
        case LeafKind::client:
            return ChainPurpose::client;
        case LeafKind::signer:
            break;
    }
    return ChainPurpose::signer;
}

struct LeafNames {
    std::vector<std::string> dns;
    std::vector<std::string> ip;
};

// In normal form, each once, and only what the kind may hold.
Result<LeafNames> check_names(const LeafProfile& profile) {
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
    }
    const bool server = profile.kind == LeafKind::server;
    if (server && seen.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a DNS name or an IP address for a server certificate, saw none"
        );
    }
    if (!server && !seen.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected DNS names and IP addresses for server certificates only, saw some for a " +
                std::string(leaf_kind_name(profile.kind)) + " certificate"
        );
    }
    if (profile.uri.size() > 1 || (profile.kind == LeafKind::signer && !profile.uri.empty())) {
        return Error(
            ErrorCode::invalid_argument, "expected at most one URI, and none for a signer, saw more"
        );
    }
    if (server && !profile.common_name.empty() && seen.count(profile.common_name) == 0) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the common name of a server certificate to be one of its names, saw '" +
                profile.common_name + "'"
        );
    }
    return names;
}

// A server's is a copy of its first DNS name, for people and old tools. Left out where the field is
// too short, and for an address, which OpenSSL would compare with the DNS names that the root
// permits.
std::string common_name_for(const LeafProfile& profile, const LeafNames& names) {
    if (profile.kind != LeafKind::server || !profile.common_name.empty()) {
        return profile.common_name;
    }
    const bool fits = !names.dns.empty() && names.dns.front().size() <= 64;
    return fits ? names.dns.front() : std::string();
}

}  // namespace

std::string_view leaf_kind_name(LeafKind kind) {
    switch (kind) {
        case LeafKind::server:
            return "server";
        case LeafKind::client:
            return "client";
        case LeafKind::signer:
            break;
    }
    return "signer";
}

Result<LeafKind> parse_leaf_kind(std::string_view text) {
    for (const LeafKind kind : {LeafKind::server, LeafKind::client, LeafKind::signer}) {
        if (text == leaf_kind_name(kind)) {
            return kind;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected one of server, client, signer, saw '" + std::string(text.substr(0, 64)) + "'"
    );
}

Validity validity_from(Instant now, std::chrono::days days) {
    return {now - issuance_backdate, now + days - std::chrono::seconds(1)};
}

Result<Certificate> make_root(const RootProfile& profile, const PrivateKey& key) {
    const SubjectName subject{profile.common_name, profile.organization};
    HG_TRY(const X509Handle root, make_frame({subject, profile.validity, key.native()}));
    HG_CHECK(
        check(X509_set_issuer_name(root.get(), X509_get_subject_name(root.get())), "set the issuer")
    );
    HG_CHECK(add_ca_constraints(root.get(), std::nullopt));
    HG_CHECK(add_key_usage(root.get(), {key_cert_sign, crl_sign}));
    HG_CHECK(add_subject_key_id(root.get()));
    HG_CHECK(add_authority_key_id(root.get(), root.get()));
    HG_CHECK(add_name_constraints(root.get(), profile.constraints));
    HG_TRY(Certificate certificate, signed_by(root.get(), key));
    return gated(certificate, certificate, now_in(profile.validity));
}

Result<Certificate> make_intermediate(const IntermediateProfile& profile, const IssuerView& root) {
    HG_CHECK(check_life(profile.validity, root.certificate));
    const SubjectName subject{profile.common_name, profile.organization};
    HG_TRY(
        const X509Handle made, make_frame({subject, profile.validity, profile.subject_key.native()})
    );
    HG_CHECK(set_issuer(made.get(), root.certificate));
    HG_CHECK(add_ca_constraints(made.get(), 0));
    HG_CHECK(add_key_usage(made.get(), {key_cert_sign, crl_sign}));
    HG_CHECK(add_extended_key_usage(made.get(), {NID_server_auth, NID_client_auth, NID_code_sign}));
    HG_CHECK(add_subject_key_id(made.get()));
    HG_CHECK(add_authority_key_id(made.get(), root.certificate.native()));
    HG_CHECK(add_name_constraints(made.get(), profile.constraints));
    HG_TRY(Certificate certificate, signed_by(made.get(), root.key));
    return gated(std::move(certificate), root.certificate, now_in(profile.validity));
}

Result<Certificate> make_leaf(
    const LeafProfile& profile, const IssuerView& issuer, const Certificate& root
) {
    HG_TRY(const LeafNames names, check_names(profile));
    HG_CHECK(check_life(profile.validity, issuer.certificate));
    const std::string common_name = common_name_for(profile, names);
    const SubjectName subject{common_name, {}};
    HG_TRY(
        const X509Handle made, make_frame({subject, profile.validity, profile.subject_key.native()})
    );
    HG_CHECK(set_issuer(made.get(), issuer.certificate));
    HG_CHECK(add_end_constraints(made.get()));
    HG_CHECK(add_key_usage(made.get(), {digital_signature}));
    HG_CHECK(add_extended_key_usage(made.get(), {purpose_nid(profile.kind)}));
    const Critical critical = common_name.empty() ? Critical::yes : Critical::no;
    HG_CHECK(add_alternative_names(made.get(), {names.dns, names.ip, profile.uri}, critical));
    HG_CHECK(add_subject_key_id(made.get()));
    HG_CHECK(add_authority_key_id(made.get(), issuer.certificate.native()));
    HG_TRY(Certificate leaf, signed_by(made.get(), issuer.key));
    HG_CHECK(pass_gate(
        {.leaf = leaf,
         .intermediates = {issuer.certificate},
         .roots = {root},
         .revocation_lists = {},
         .purpose = chain_purpose(profile.kind),
         .at = now_in(profile.validity),
         .revocation = RevocationPolicy::not_checked}
    ));
    return leaf;
}

}  // namespace heliograph::pki
