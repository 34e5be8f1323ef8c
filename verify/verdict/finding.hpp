// SPDX-License-Identifier: Apache-2.0
// One defect found by a check: a stable id, what was expected, what was seen, from whom, and what
// to do.
#pragma once

#include <string>
#include <string_view>

namespace heliograph::verify {

/// How much a finding weighs. Only `error` closes the gate.
enum class Severity { note, warning, error };

/// Why a finding stands; programs map it to their exit code.
enum class Cause {
    false_evidence,    ///< Evidence was given and it is wrong: hash, signature, name, rollback.
    missing_evidence,  ///< Evidence that the policy demands was not given.
    stale_evidence,    ///< Evidence was good once and is not now: expired, not renewed.
    not_found,         ///< The named thing is not there.
};

/// The stable words used in JSON output: `false-evidence`, `missing-evidence`...
/// @thread Safe. @cost None.
[[nodiscard]] std::string_view cause_name(Cause cause);
[[nodiscard]] std::string_view severity_name(Severity severity);

/// One defect. The id is stable; every other text is for people. None of them holds a secret.
/// Texts may quote hostile input: sentence() makes it printable, whoever prints a single field uses
/// printable().
struct Finding {
    std::string id = {};  ///< `page-signature-invalid`, `file-hash-mismatch`...
    Severity severity = Severity::error;
    Cause cause = Cause::false_evidence;
    std::string subject = {};   ///< What was checked: `page of project wheel`.
    std::string expected = {};  ///< What would have been right.
    std::string seen = {};      ///< What was there.
    std::string source =
        {};  ///< From whom it came: a mirror's base URL or a file; empty when unknown.
    std::string advice = {};  ///< What to do; empty when there is nothing to do.

    /// `subject: expected X, saw Y, from Z; do W [id]`, one printable line.
    /// @thread Safe. @cost None.
    [[nodiscard]] std::string sentence() const;

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// Replaces control characters and bytes outside ASCII by `?` and cuts after 300 characters, so
/// that quoted input can neither steer a terminal nor flood it.
/// @thread Safe. @cost One pass.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace heliograph::verify
