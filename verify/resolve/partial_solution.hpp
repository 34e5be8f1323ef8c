// SPDX-License-Identifier: Apache-2.0
// What has been decided, and what follows from it, in the order it was found out. Private to this
// room.
#pragma once

#include <verify/resolve/incompatibility.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace heliograph::verify {

/// How terms stand to what is known.
enum class TermRelation { satisfied, contradicted, open };

/// One step: a version was decided on, or something follows from an incompatibility.
struct Assignment {
    PackageId package;
    VersionSet set;  ///< What this step says.
    VersionSet all;  ///< What all steps up to here say of the package.
    std::size_t level = 0;
    std::optional<IncompatibilityId> cause;  ///< None for a decision.
};

/// The step that made an incompatibility hold, and the last level before it that it needs.
struct Satisfier {
    std::size_t step = 0;
    std::size_t previous_level = 0;
};

class PartialSolution {
  public:
    [[nodiscard]] std::size_t level() const { return m_level; }
    [[nodiscard]] const Assignment& step(std::size_t index) const { return m_steps.at(index); }

    [[nodiscard]] TermRelation relation(PackageId package, const VersionSet& term) const;

    void decide(PackageId package, std::size_t place);
    void derive(PackageId package, const VersionSet& set, IncompatibilityId cause);
    /// Forgets all steps of higher levels.
    void go_back(std::size_t level);

    /// @param incompatibility  All of its terms hold (asserted).
    [[nodiscard]] Satisfier find_satisfier(const Incompatibility& incompatibility) const;

    /// Packages that must be there and have no version yet, with what they may be.
    [[nodiscard]] std::vector<std::pair<PackageId, VersionSet>> undecided() const;
    /// All decisions.
    [[nodiscard]] std::map<PackageId, std::size_t> decisions() const { return m_decided; }

  private:
    /// The first step up to which the steps of the package imply the term; with @p extra beside.
    [[nodiscard]] std::size_t first_step(
        PackageId package, const VersionSet& term, const VersionSet* extra
    ) const;
    void append(Assignment step);

    std::vector<Assignment> m_steps;
    std::map<PackageId, std::vector<std::size_t>> m_of;  ///< Steps of each package.
    std::map<PackageId, std::size_t> m_decided;
    std::size_t m_level = 0;
};

}  // namespace heliograph::verify
