// SPDX-License-Identifier: Apache-2.0
// Judges an OCSP response that was stapled or saved (RFC 6960, section 3.2), at a given instant,
// for a certificate of a path that was judged before. A pure function: opens no socket.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/rule_set.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

inline constexpr std::size_t ocsp_response_limit_bytes = 64U * 1024U;

/// A responder's clock may be so far ahead of ours. @source RFC 5019 section 4.
inline constexpr std::chrono::minutes ocsp_clock_tolerance{5};

/// What is wrong with a response.
enum class OcspDefectCode {
    malformed,        ///< No strict DER, or something critical in it is not known here.
    unsuccessful,     ///< An error instead of an answer: `tryLater`, `unauthorized`...
    no_answer,        ///< It is about other certificates.
    wrong_responder,  ///< Neither the issuer nor somebody whom the issuer let answer.
    bad_signature,    ///< Also: over a broken digest.
    from_future,      ///< thisUpdate is ahead; the message says to look at the clock.
    stale,            ///< nextUpdate is over, or was never said.
    revoked,
    unknown,  ///< The responder does not know the certificate.
};

/// The stable word of a code: `ocsp-stale`, `ocsp-revoked`... @thread Safe.
[[nodiscard]] std::string_view ocsp_defect_name(OcspDefectCode code);

struct OcspDefect {
    OcspDefectCode code{};
    std::string id;        ///< The rule: `ocsp-next-update-missing`... Stable.
    std::string clause;    ///< Where it stands: `RFC 6960 section 3.2`.
    std::string expected;  ///< What would have been right.
    std::string seen;      ///< What was there, perhaps with what to do.
};

struct OcspReport {
    std::vector<OcspDefect> defects;
    std::optional<std::size_t> place =
        {};  ///< Whose certificate it is about: its index in the path.
    std::vector<std::string> checked = {};  ///< What held, in words.

    [[nodiscard]] bool accepted() const { return defects.empty() && place.has_value(); }
    [[nodiscard]] bool has(OcspDefectCode code) const;
};

struct OcspQuestion {
    /// Leaf first, root last, as ChainReport::path of a path that ends at a root.
    const std::vector<Certificate>& path;
    Instant at;
    RuleSet rules = RuleSet::private_authority;
};

/// Looks for the certificate of the path that the response speaks of, by certificate ids of SHA-1,
/// SHA-256, SHA-384 or SHA-512, and judges all that it says of it. Who answers must be the issuer
/// of that certificate, or hold a certificate for OCSP signing that this issuer itself signed,
/// judged by check_chain(). A nonce is not looked at: the question is not at hand.
/// @return  A report; a bad response is a report with defects, never an error.
/// @errors crypto (the library failed). @thread Safe, no shared state. @cost One signature check,
/// and those of a path when somebody else answers.
/// @source RFC 6960 sections 3.2 and 4.2.2; RFC 5019 section 4.
[[nodiscard]] Result<OcspReport> check_ocsp_response(
    ByteSpan response, const OcspQuestion& question
);

}  // namespace heliograph::pki
