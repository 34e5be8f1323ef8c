// SPDX-License-Identifier: Apache-2.0
// The outcome of checking: everything that was found wrong, and what was found right. Never a bool.
#pragma once

#include <verify/verdict/finding.hpp>

#include <optional>
#include <string>
#include <vector>

namespace heliograph::verify {

/// A list of findings and of the checks that passed. A verdict that checked nothing is not
/// accepted.
/// @thread As safe as a vector.
class [[nodiscard]] Verdict {
  public:
    /// Adds a defect, or a note.
    void add(Finding finding);

    /// Records that a check was made and held: `page signature by CN=page signer`.
    void pass(std::string check);

    /// Takes over all findings and passed checks of another verdict.
    void merge(Verdict other);

    /// The only key to the gate: at least one check passed and no finding is an error.
    [[nodiscard]] bool accepted() const;

    [[nodiscard]] const std::vector<Finding>& findings() const { return m_findings; }
    [[nodiscard]] const std::vector<std::string>& passed() const { return m_passed; }

    /// The cause of the worst error: false before missing before stale before not found; none when
    /// no finding is an error.
    [[nodiscard]] std::optional<Cause> worst_cause() const;

    /// The first error with this id, or nullptr. For tests and for programs that react to one id.
    [[nodiscard]] const Finding* find(std::string_view id) const;

    /// All error sentences joined by newlines; empty when there is none.
    [[nodiscard]] std::string describe() const;

  private:
    std::vector<Finding> m_findings;
    std::vector<std::string> m_passed;
};

}  // namespace heliograph::verify
