// SPDX-License-Identifier: Apache-2.0
// Private: the tables of rules that only lint knows. What path validation refuses too stands in
// pki/x509/shape_rule.hpp.
#pragma once

#include <pki/lint/lint.hpp>
#include <pki/ocsp/ocsp_fields.hpp>
#include <pki/x509/revocation_fields.hpp>
#include <pki/x509/shape_rule.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::pki {

/// What is wrong, in words; nothing if the rule holds.
using LintFlaw = std::optional<std::string>;

/// One rule about documents of one kind.
template <typename Subject>
struct LintRule {
    std::string_view id;
    std::string_view clause;
    LintSeverity severity;
    std::string_view expected;
    LintFlaw (*broken)(const Subject& subject);
};

[[nodiscard]] inline LintFlaw flaw_if(bool condition, std::string_view seen) {
    return condition ? LintFlaw(std::string(seen)) : LintFlaw();
}

/// Whether text holds a control character, of ASCII or U+0080 to U+009F. @param utf8 Well-formed.
[[nodiscard]] bool holds_control(std::string_view utf8);

/// RFC 2986, read by our own reader. Names and extensions lie in `asked`, as a certificate's.
struct RequestFields {
    CertificateFields asked = {};
    std::uint32_t version = 0;
    bool is_signature_good = false;
};

[[nodiscard]] const std::vector<LintRule<ShapeSubject>>& certificate_lint_rules();
/// Its parts, one a file.
[[nodiscard]] std::span<const LintRule<ShapeSubject>> encoding_lint_rules();
[[nodiscard]] std::span<const LintRule<ShapeSubject>> key_lint_rules();
[[nodiscard]] std::span<const LintRule<ShapeSubject>> name_lint_rules();
[[nodiscard]] std::span<const LintRule<ShapeSubject>> policy_lint_rules();
[[nodiscard]] const std::vector<LintRule<RevocationFields>>& list_lint_rules();
[[nodiscard]] const std::vector<LintRule<RequestFields>>& request_lint_rules();
[[nodiscard]] const std::vector<LintRule<OcspFields>>& ocsp_lint_rules();

/// @errors malformed, too_large.
[[nodiscard]] Result<RequestFields> read_request_fields(ByteSpan der);

}  // namespace heliograph::pki
