// SPDX-License-Identifier: Apache-2.0
// Judges a certificate chain (RFC 5280, section 6) strictly, at a given instant, for one purpose.
// Opens no socket.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/peer_name.hpp>
#include <pki/x509/revocation_list.hpp>
#include <pki/x509/rule_set.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// What the leaf is to be used for. `signer` means the signing of project pages (EKU codeSigning),
/// `ocsp` the signing of OCSP responses, `recipient` that files are sealed to the key (key usage
/// keyAgreement, and no EKU but emailProtection); `any` asks nothing, and lets an authority be
/// judged too.
enum class ChainPurpose { server, client, signer, ocsp, recipient, any };

/// `required`: for every certificate of the chain a current, signed list must be there that does
/// not name it. `if_listed`: what lists there are is believed, and must be sound; a missing one is
/// no defect. `not_checked`: lists are not looked at.
enum class RevocationPolicy { not_checked, if_listed, required };

/// Budgets against hostile input: certificates between leaf and root, evidence, and steps of the
/// search.
inline constexpr std::size_t chain_depth_limit = 8;
inline constexpr std::size_t chain_intermediate_limit = 16;
inline constexpr std::size_t chain_root_limit = 512;
inline constexpr std::size_t chain_revocation_list_limit = 64;
inline constexpr std::size_t chain_signature_check_limit = 48;
inline constexpr std::size_t chain_step_limit = 4096;
inline constexpr std::size_t chain_path_limit = 32;
inline constexpr std::size_t chain_name_comparison_limit = 250'000;

/// What is wrong with a chain. The words of chain_defect_name are stable.
enum class ChainDefectCode {
    expired,
    not_yet_valid,     ///< The message says to look at the clock.
    untrusted_issuer,  ///< No path to one of the given roots.
    bad_signature,
    wrong_purpose,  ///< Key usage, extended key usage, CA as leaf, leaf as CA.
    not_strict,     ///< What X509_STRICT and RFC 5280 demand is missing: key ids, critical marks...
    path_too_long,
    name_constraint,  ///< A name that an authority above may not vouch for.
    weak_key,         ///< Key or digest below the policy's strength.
    revoked,
    revocation_unknown,  ///< No list of the right issuer.
    revocation_list_expired,
    revocation_list_invalid,  ///< Not signed by the issuer, from the future, or malformed.
    wrong_name,               ///< Not the name that was asked for.
    policy,                   ///< No certificate policy is left that the request accepts.
    budget,                   ///< The search would have cost more than the limits above.
    other,
};

/// The stable word of a code: `not-yet-valid`, `untrusted-issuer`...
[[nodiscard]] std::string_view chain_defect_name(ChainDefectCode code);

/// One defect of one certificate.
struct ChainDefect {
    ChainDefectCode code{};
    std::string subject;      ///< Whose certificate, for people: its subject, else its first name.
    std::string expected;     ///< What would have been right.
    std::string seen;         ///< What was there, perhaps with what to do.
    std::string id = {};      ///< The rule that was broken: `authority-key-usage-missing`. Stable.
    std::string clause = {};  ///< Where it stands: `RFC 5280 section 4.2.1.3`.

    /// `expected ..., saw ...`
    [[nodiscard]] std::string message() const { return "expected " + expected + ", saw " + seen; }
};

/// What certificate policies the user accepts (RFC 5280, section 6.1.1, inputs c, e, f and g).
struct PolicyInput {
    enum class Demand { none, required };
    enum class Mapping { allowed, inhibited };
    enum class AnyPolicy { allowed, inhibited };

    std::vector<std::string> accepted = {"2.5.29.32.0"};  ///< Object ids; by default any.
    Demand explicit_policy = Demand::none;
    Mapping mapping = Mapping::allowed;
    AnyPolicy any_policy = AnyPolicy::allowed;
};

/// Evidence and question in one value; nothing else enters the judgement.
struct ChainRequest {
    Certificate leaf;
    std::vector<Certificate> intermediates =
        {};                          ///< In any order; those not needed are passed over.
    std::vector<Certificate> roots;  ///< The only source of trust.
    std::vector<RevocationList> revocation_lists = {};
    ChainPurpose purpose;
    Instant at;
    RevocationPolicy revocation = RevocationPolicy::required;
    RuleSet rules = RuleSet::private_authority;
    std::optional<PeerName> name = {};  ///< What the leaf must be named, if it matters here.
    PolicyInput policies = {};
    /// Authorities between leaf and root that are not self-issued, at most.
    std::size_t depth_limit = chain_depth_limit;
};

/// All that was found. Good only if there is no defect at all.
struct ChainReport {
    std::vector<ChainDefect> defects;
    std::vector<Certificate> path;          ///< Leaf first, as far as it could be built.
    std::vector<std::string> checked = {};  ///< What held, in words, for people who ask why.

    [[nodiscard]] bool accepted() const { return defects.empty(); }
    [[nodiscard]] bool has(ChainDefectCode code) const;
    /// All messages in one line, for an error sentence; empty if accepted.
    [[nodiscard]] std::string summary() const;
};

/// Builds the path from the leaf to a root with our own reader and rules and collects every defect
/// on it, never only the first. Of several paths the first good one counts, else the one with the
/// fewest defects. The cryptographic library checks signatures and decides nothing else.
/// @return  A report; a bad chain is a report with defects, never an error.
/// @errors too_large (more evidence than the limits above), invalid_argument (no roots), crypto
/// (library failed).
/// @thread Safe, no shared state. @cost One signature check for each certificate and list on the
/// path.
/// @source RFC 5280 section 6; RFC 9618 for policies; RFC 9525 for the name.
[[nodiscard]] Result<ChainReport> check_chain(const ChainRequest& request);

}  // namespace heliograph::pki
