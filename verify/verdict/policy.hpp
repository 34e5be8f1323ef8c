// SPDX-License-Identifier: Apache-2.0
// Which evidence a judgement demands. A policy is chosen once per operation and never relaxed on
// the way.
#pragma once

#include <chrono>

namespace heliograph::verify {

/// What to do about one kind of evidence.
enum class Demand {
    required,      ///< Absent or stale evidence closes the gate.
    when_present,  ///< Checked when given: false evidence closes the gate, absent or stale evidence
                   ///< is a warning.
    ignored,       ///< Not looked at.
};

/// The evidence that a project page must bring.
struct PagePolicy {
    Demand page_signature =
        Demand::required;  ///< Detached signature by a signer whose chain ends in a pinned root.
    Demand revocation =
        Demand::when_present;  ///< Revocation lists of the signer's chain, signed and current.
    Demand serial = Demand::required;  ///< The serial must not be lower than one seen before.

    friend bool operator==(const PagePolicy&, const PagePolicy&) = default;
};

/// What `fetch` and `mirror sync` use when nothing else is said: signature and serial demanded,
/// revocation lists checked when given.
[[nodiscard]] constexpr PagePolicy default_page_policy() {
    return {};
}

/// What `fetch --verify` uses: every kind of evidence that a trust bundle can check.
[[nodiscard]] constexpr PagePolicy strict_page_policy() {
    return {
        .page_signature = Demand::required,
        .revocation = Demand::required,
        .serial = Demand::required};
}

/// What a mirror uses whose upstream signs nothing, as it was told when it was made: what is here
/// must be well formed, of the wanted project, and no older than it was.
[[nodiscard]] constexpr PagePolicy unsigned_page_policy() {
    return {
        .page_signature = Demand::ignored,
        .revocation = Demand::ignored,
        .serial = Demand::required};
}

/// What `fetch --no-verify` uses: the page must be well formed and of the wanted project; nothing
/// is authenticated.
[[nodiscard]] constexpr PagePolicy no_evidence_page_policy() {
    return {
        .page_signature = Demand::ignored,
        .revocation = Demand::ignored,
        .serial = Demand::ignored};
}

}  // namespace heliograph::verify
