// SPDX-License-Identifier: Apache-2.0
// Version specifiers: `>=1.2,!=1.5.*,<2`. PEP 440, "Version specifiers".
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/version.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::verify {

enum class SpecifierOperator {
    equal,
    not_equal,
    compatible,
    at_least,
    at_most,
    greater,
    less,
    identical
};

/// `prefix` stands for `==V.*` and `!=V.*`.
enum class SpecifierMatch { exact, prefix };

/// One clause. `===` keeps its text and no version; every other operator has a version.
struct SpecifierClause {
    SpecifierOperator op = SpecifierOperator::equal;
    SpecifierMatch match = SpecifierMatch::exact;
    std::optional<Version> version;  ///< None for `===`.
    std::string text;                ///< The operand as written, trimmed.
};

/// A set of clauses, all of which must hold. The empty set accepts every version.
/// @thread Safe, a value.
class SpecifierSet {
  public:
    SpecifierSet() = default;

    [[nodiscard]] bool empty() const { return m_clauses.empty(); }
    [[nodiscard]] const std::vector<SpecifierClause>& clauses() const { return m_clauses; }

    /// Whether every clause accepts the version. Pre-releases get no special treatment here.
    /// @cost Linear in the number of clauses.
    [[nodiscard]] bool accepts(const Version& version) const;

    /// Whether a clause names a pre-release itself, so that pre-releases count as candidates.
    /// @source PEP 440, "Handling of pre-releases".
    [[nodiscard]] bool names_prerelease() const;

    /// Whether the set pins one exact version (`==V` or `===V`): only then may a yanked file be
    /// chosen.
    /// @source PEP 592.
    [[nodiscard]] bool pins_exact_version() const;

    /// The clauses joined by commas, as written.
    [[nodiscard]] std::string text() const;

  private:
    friend Result<SpecifierSet> parse_specifier_set(std::string_view text);

    std::vector<SpecifierClause> m_clauses;
};

/// Reads a comma-separated set.
/// @param text  At most limits::specifier_chars characters and limits::specifier_clauses clauses;
/// empty means "any version".
/// @errors malformed (unknown operator, bad version, `.*` or a local part where the operator allows
/// none), too_large.
/// @thread Safe. @cost One pass.
/// @source PEP 440, "Version specifiers".
[[nodiscard]] Result<SpecifierSet> parse_specifier_set(std::string_view text);

}  // namespace heliograph::verify
