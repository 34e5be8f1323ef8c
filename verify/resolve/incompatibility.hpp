// SPDX-License-Identifier: Apache-2.0
// Terms that cannot all hold at once, and why: a fact of the source, or what follows from two
// others. Private to this room.
#pragma once

#include <verify/resolve/package_source.hpp>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::verify {

/// Place in the list of all of them.
using IncompatibilityId = std::size_t;

/// Versions of one package need this.
struct DependencyFact {
    PackageId from;
    VersionSet of;
    std::string need;
    std::string why_none;
};

/// One version cannot be taken.
struct UnusableFact {
    PackageId package;
    std::size_t place = 0;
    std::string why;
};

/// The question itself: something is wanted.
struct RootFact {};

/// Follows from these.
struct Derivation {
    IncompatibilityId left = 0;
    IncompatibilityId right = 0;
};

struct Incompatibility {
    std::map<PackageId, VersionSet> terms;  ///< None of them is everything.
    std::variant<RootFact, DependencyFact, UnusableFact, Derivation> cause;
};

/// Why there is no solution, in sentences, one a line, each from facts or from lines before it.
/// @param last  The one that no choice escapes.
/// @param all   By their ids. @cost Linear in what it follows from.
[[nodiscard]] std::vector<std::string> explain(
    IncompatibilityId last, const std::vector<Incompatibility>& all, const PackageSource& source
);

}  // namespace heliograph::verify
