// SPDX-License-Identifier: Apache-2.0
// Judges a certificate chain (RFC 5280, section 6) strictly, at a given instant, for one purpose.
// Opens no socket.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/revocation_list.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// What the leaf is to be used for. `signer` means the signing of project pages (EKU codeSigning).
enum class ChainPurpose { server, client, signer };

/// `required`: for every certificate of the chain a current, signed list must be there that does
/// not name it. `not_checked`: lists are not looked at.
enum class RevocationPolicy { not_checked, required };

/// Budgets against hostile input.
inline constexpr std::size_t chain_depth_limit = 8;
inline constexpr std::size_t chain_intermediate_limit = 16;
inline constexpr std::size_t chain_root_limit = 64;
inline constexpr std::size_t chain_revocation_list_limit = 64;

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
    other,
};

/// The stable word of a code: `not-yet-valid`, `untrusted-issuer`...
[[nodiscard]] std::string_view chain_defect_name(ChainDefectCode code);

/// One defect of one certificate.
struct ChainDefect {
    ChainDefectCode code{};
    std::string subject;   ///< Whose certificate, for people: its subject, else its first name.
    std::string expected;  ///< What would have been right.
    std::string seen;      ///< What was there, perhaps with what to do.

    /// `expected ..., saw ...`
    [[nodiscard]] std::string message() const { return "expected " + expected + ", saw " + seen; }
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
};

/// All that was found. Good only if there is no defect at all.
struct ChainReport {
    std::vector<ChainDefect> defects;
    std::vector<Certificate> path;  ///< Leaf first, as far as it could be built.

    [[nodiscard]] bool accepted() const { return defects.empty(); }
    [[nodiscard]] bool has(ChainDefectCode code) const;
    /// All messages in one line, for an error sentence; empty if accepted.
    [[nodiscard]] std::string summary() const;
};

/// Builds the path from the leaf to a root and collects every defect on it, never only the first.
/// @return  A report; a bad chain is a report with defects, never an error.
/// @errors too_large (more evidence than the limits above), invalid_argument (no roots), crypto
/// (library failed).
/// @thread Safe, no shared state. @cost One signature check for each certificate and list on the
/// path.
/// @source RFC 5280 section 6; RFC 9525 is for whoever compares host names, not for this function.
[[nodiscard]] Result<ChainReport> check_chain(const ChainRequest& request);

}  // namespace heliograph::pki
