// SPDX-License-Identifier: Apache-2.0
// The kinds of certificate that heliograph issues, field by field (RFC 5280; key ids by RFC 7093),
// and the issuance gate: nothing leaves this file that strict verification would refuse.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/revocation_list.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// What an end certificate is for. A peer is server and client at once; `ocsp` answers for its
/// issuer (RFC 6960, section 4.2.2.2); to a `recipient` files are sealed, with a key of X25519 or
/// P-256 that may agree on secrets and sign nothing (RFC 8410).
enum class LeafKind { server, client, peer, signer, ocsp, recipient };

/// `server`, `client`, `peer`, `signer`, `ocsp`, `recipient`. @errors invalid_argument for
/// parse_leaf_kind.
[[nodiscard]] std::string_view leaf_kind_name(LeafKind kind);
[[nodiscard]] Result<LeafKind> parse_leaf_kind(std::string_view text);

/// Clocks differ a little: a certificate is valid from five minutes before it was made.
inline constexpr std::chrono::minutes issuance_backdate{5};

/// Names that a CA may vouch for (RFC 5280, section 4.2.1.10). All lists empty: no constraint.
/// A constrained CA has the first two filled, for an empty one would leave its kind of name free.
struct NameConstraints {
    std::vector<std::string> dns = {};  ///< `localhost`, `example.org`: the name and all below it.
    std::vector<std::string> ip_ranges =
        {};  ///< `127.0.0.0/8`, `::1/128`; an address alone means only itself.
    std::vector<std::string> uri =
        {};  ///< Hosts of URIs: `example.org` alone, `.example.org` for all below it.
    /// Of mailboxes: `example.org` for those of that host, `.example.org` for those of hosts below
    /// it, `who@example.org` for that one.
    std::vector<std::string> email = {};

    [[nodiscard]] bool empty() const {
        return dns.empty() && ip_ranges.empty() && uri.empty() && email.empty();
    }
    /// All names in one line, for people.
    [[nodiscard]] std::string describe() const;
};

/// Localhost and the loopback networks.
[[nodiscard]] NameConstraints loopback_constraints();

/// Sorts names as people type them into the lists, and checks each.
/// @param names  `dns:NAME` (A-labels, no wildcard), `ip:ADDRESS` or `ip:ADDRESS/BITS`,
///               `uri:HOST` or `uri:.HOST`, `email:HOST`, `email:.HOST` or `email:WHO@HOST`;
///               without a prefix, a DNS name or an address. At most 64.
/// @errors invalid_argument.
[[nodiscard]] Result<NameConstraints> parse_constraints(const std::vector<std::string>& names);

/// What a CA certificate permits; empty if it is not constrained. Kinds of name unknown here are
/// passed over.
/// @errors malformed. @thread Safe.
[[nodiscard]] Result<NameConstraints> constraints_of(const Certificate& certificate);

/// First and last second of validity; both count.
struct Validity {
    Instant not_before;
    Instant not_after;
};

/// From the backdate before @p now to @p days whole days after it, less one second.
[[nodiscard]] Validity validity_from(Instant now, std::chrono::days days);

/// An issuer: certificate and key, borrowed for the call.
struct IssuerView {
    const Certificate& certificate;
    const PrivateKey& key;
};

/// Where others find what belongs to the issuer; empty ones are left out. The revocation list is
/// named by plain http, as RFC 5280 section 4.2.1.13 and readers of lists have it.
struct DistributionUrls {
    std::string revocation_list = {};
    std::string issuer = {};  ///< The issuer's certificate in DER.
    std::string ocsp = {};
};

struct RootProfile {
    std::string common_name;
    std::string organization;
    NameConstraints constraints;
    Validity validity;
};

struct IntermediateProfile {
    std::string common_name;
    std::string organization;
    NameConstraints constraints;
    Validity validity;
    PublicKey subject_key;
    DistributionUrls urls = {};
};

struct LeafProfile {
    LeafKind kind;
    /// Server and peer: one of the names below; by default the first DNS name.
    std::string common_name;
    std::vector<std::string> dns = {};    ///< Server and peer; at most 100 names of all sorts.
    std::vector<std::string> ip = {};     ///< Server and peer.
    std::vector<std::string> uri = {};    ///< At most one, the identity, of who speaks TLS.
    std::vector<std::string> email = {};  ///< Client and recipient: of ASCII characters.
    Validity validity;
    std::optional<PublicKey> subject_key = {};  ///< None where each certificate gets a fresh key.
    DistributionUrls urls = {};
};

/// A self-signed root: CA without path length, keyCertSign and cRLSign.
/// @errors invalid_argument (empty or over-long names), crypto. @thread Safe.
[[nodiscard]] Result<Certificate> make_root(const RootProfile& profile, const PrivateKey& key);

/// An intermediate of path length 0 for serverAuth, clientAuth, codeSigning and emailProtection
/// (recipients), checked strictly under its root.
/// @errors invalid_argument (also: the gate's findings), crypto. @thread Safe.
[[nodiscard]] Result<Certificate> make_intermediate(
    const IntermediateProfile& profile, const IssuerView& root
);

/// The key of another authority under its own name, vouched for by this one: a bridge for those
/// who know only one of the two. Names and constraints are those of @p subject.
/// @param subject  A self-signed root.
/// @param urls     Where the issuer's list and certificate are.
/// @errors invalid_argument (no root; life beyond the issuer's), crypto. @thread Safe.
/// @source RFC 4210 section 4.4; RFC 5280 section 3.2.
[[nodiscard]] Result<Certificate> make_cross_certificate(
    const Certificate& subject,
    const IssuerView& issuer,
    const Validity& validity,
    const DistributionUrls& urls = {}
);

/// An end certificate, checked strictly (chain, purpose, name constraints) before it is returned.
/// @param issuer  The intermediate.
/// @param root    Its root, for the gate.
/// @errors invalid_argument (names not well-formed or not permitted, life beyond the issuer's: the
/// sentence says
///         which), crypto. @thread Safe. @cost A signature and three checks.
/// @source RFC 5280; RFC 9525 for the form of names.
[[nodiscard]] Result<Certificate> make_leaf(
    const LeafProfile& profile, const IssuerView& issuer, const Certificate& root
);

/// Why a certificate was revoked (RFC 5280, section 5.3.1).
enum class RevocationReason {
    unspecified,
    key_compromise,
    affiliation_changed,
    superseded,
    cessation_of_operation,
    privilege_withdrawn,
};

/// `key-compromise`..., which is also read as RFC 5280 spells it, `keyCompromise`. @errors
/// invalid_argument (the sentence lists the words) for parse_revocation_reason.
[[nodiscard]] std::string_view revocation_reason_name(RevocationReason reason);
[[nodiscard]] Result<RevocationReason> parse_revocation_reason(std::string_view text);

struct RevokedEntry {
    std::string serial_hex;
    Instant revoked_at;
    RevocationReason reason = RevocationReason::unspecified;
};

struct RevocationListProfile {
    std::vector<RevokedEntry> entries;
    std::uint64_t number = 0;  ///< Higher than that of every list before.
    Validity validity;         ///< thisUpdate and nextUpdate.
};

/// A version 2 list with number and authority key id.
/// @errors invalid_argument, crypto. @thread Safe. @source RFC 5280 section 5.
[[nodiscard]] Result<RevocationList> make_revocation_list(
    const RevocationListProfile& profile, const IssuerView& issuer
);

/// An issuer signs while it is valid, and no longer. @errors stale: the clock is before its begin,
/// or it has expired.
[[nodiscard]] Outcome check_issuer_life(const Certificate& issuer, Instant now);

}  // namespace heliograph::pki
