// SPDX-License-Identifier: Apache-2.0
// What strict verifiers and linters would say of one document, before it is signed or after: every
// finding with a stable id, its clause and its weight. Pure functions of bytes.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/x509/rule_set.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// `error`: a MUST is broken, or the chosen rules would refuse it. `warning`: a SHOULD. `notice`:
/// worth knowing.
enum class LintSeverity { notice, warning, error };

/// `notice`, `warning`, `error`. @thread Safe.
[[nodiscard]] std::string_view lint_severity_name(LintSeverity severity);

struct LintFinding {
    std::string id;      ///< `authority-key-usage-missing`. Stable.
    std::string clause;  ///< `RFC 5280 section 4.2.1.3`.
    LintSeverity severity = LintSeverity::error;
    std::string expected;
    std::string seen;  ///< May quote the document: printable, at most 300 characters.

    /// `expected ..., saw ... [id, clause]`
    [[nodiscard]] std::string sentence() const;
};

/// All findings, errors first. @thread As a value.
struct LintReport {
    std::vector<LintFinding> findings;

    /// No finding is an error.
    [[nodiscard]] bool accepted() const;
    /// The finding of this id, or nullptr.
    [[nodiscard]] const LintFinding* find(std::string_view id) const;
    /// The sentences of all errors in one line; empty if accepted.
    [[nodiscard]] std::string summary() const;
};

/// @param der    One certificate; what is none is a finding (`certificate-malformed`). Where only
/// the form is wrong and the meaning is plain, the other rules are applied, too. What our strict
/// reader refuses is always an error, also where no rule knows the fault.
/// @param rules  Weighs the findings: `webpki` makes errors of what only browsers' rules refuse.
/// @thread Safe, no shared state. @cost One pass and about a hundred comparisons; no signature is
/// checked.
/// @source RFC 5280; what check_chain refuses by the same rules, and more.
[[nodiscard]] LintReport lint_certificate(ByteSpan der, RuleSet rules);

/// @param der  One revocation list; of strict reading holds the same. @thread Safe. @source RFC
/// 5280 section 5.
[[nodiscard]] LintReport lint_revocation_list(ByteSpan der, RuleSet rules);

/// @param der  One certification request; its own signature is checked. @thread Safe.
/// @source RFC 2986; RFC 5280 for the names that it asks for.
[[nodiscard]] LintReport lint_request(ByteSpan der, RuleSet rules);

/// @param der  One OCSP response; its signature is not checked. @thread Safe.
/// @source RFC 6960 section 4.2; RFC 5019.
[[nodiscard]] LintReport lint_ocsp_response(ByteSpan der, RuleSet rules);

enum class LintKind { certificate, revocation_list, request, ocsp_response };

/// `certificate`, `revocation list`, `request`, `OCSP response`. @thread Safe.
[[nodiscard]] std::string_view lint_kind_name(LintKind kind);

/// What a document seems to be, by its first values; it may be cut off or be none of them, and then
/// counts as a certificate. @thread Safe. @cost Looks at a few octets.
[[nodiscard]] LintKind recognise_document(ByteSpan der);

/// The function above for documents of this kind. @thread Safe.
[[nodiscard]] LintReport lint_document(ByteSpan der, LintKind kind, RuleSet rules);

/// One line of the catalogue of rules.
struct LintRuleText {
    std::string_view id;
    std::string_view clause;
    std::string_view expected;
};

/// Every id that the functions above can find, each once. @thread Safe.
[[nodiscard]] std::vector<LintRuleText> lint_catalogue();

}  // namespace heliograph::pki
