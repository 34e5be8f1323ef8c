// SPDX-License-Identifier: Apache-2.0
// Private: names against the constraints of the authorities above (RFC 5280, section 4.2.1.10).
#pragma once

#include <pki/x509/certificate_fields.hpp>

#include <optional>
#include <string>

namespace heliograph::pki {

/// Whether a base of a constraint has the form of its kind. Kinds that are not compared here
/// (x400, edi, registered) are well-formed.
[[nodiscard]] bool is_well_formed_constraint(const GeneralNameField& base);

/// What is left of a budget of comparisons.
struct ComparisonBudget {
    std::size_t left;
};

enum class ConstraintOutcome { held, violated, exhausted };

struct ConstraintFinding {
    ConstraintOutcome outcome = ConstraintOutcome::held;
    std::string name = {};    ///< The name that is not permitted, for people.
    std::string reason = {};  ///< `is excluded`, `is none of the permitted ones`.
};

/// Holds the subject and all alternative names of one certificate against one authority's
/// constraints. An absent kind of name is never violated.
/// @param budget  Is used up, so that a large product of names and constraints ends the search.
[[nodiscard]] ConstraintFinding check_name_constraints(
    const NameConstraintsField& constraints,
    const CertificateFields& below,
    ComparisonBudget& budget
);

}  // namespace heliograph::pki
