// SPDX-License-Identifier: Apache-2.0
// Versions for everything that is needed, such that all requirements hold; or why there are none.
// PubGrub: what failed is learnt as an incompatibility, so that no combination is tried twice, and
// what was learnt is the explanation.
#pragma once

#include <verify/resolve/package_source.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::verify {

/// What a search may cost: metadata is written by strangers.
struct ResolutionLimits {
    std::size_t packages = 20'000;
    std::size_t needs = 20'000;   ///< Of one version.
    std::size_t steps = 100'000;  ///< Decisions and conflicts.
    /// Of all facts and conclusions, about, as they lie in memory: none is ever forgotten.
    std::size_t learnt_bytes = 256U << 20U;
};

/// A version for each package that is needed, the root among them.
using Solution = std::map<PackageId, std::size_t>;

/// Why there is no solution: one sentence a line, the last one is the conclusion.
struct NoSolution {
    std::vector<std::string> lines;
};

/// Looks for a version of each package that the root needs, directly or not, with the source's
/// choice first wherever there is one.
/// @param root  A package with one version, whose needs are the question.
/// @return  The same for the same source, whatever the hash seeds or threads.
/// @errors too_large (a limit is crossed: which, and at what package), and those of the source.
/// @thread As the source. @cost Exponential at worst, which the limits end; linear where the newest
/// versions fit.
/// @source N. Weizenbaum, "PubGrub: Next-Generation Version Solving" (2018).
[[nodiscard]] Result<std::variant<Solution, NoSolution>> resolve(
    PackageSource& source, PackageId root, const ResolutionLimits& limits = {}
);

}  // namespace heliograph::verify
