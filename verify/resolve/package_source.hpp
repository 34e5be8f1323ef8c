// SPDX-License-Identifier: Apache-2.0
// What the resolver asks of whoever knows packages. It knows nothing of names, ranges, markers or
// extras itself: a package with an extra is a package of its own that needs the plain one.
#pragma once

#include <pki/base/result.hpp>
#include <verify/resolve/version_set.hpp>

#include <compare>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::verify {

/// A number that the source gave out.
struct PackageId {
    std::size_t value = 0;
    friend auto operator<=>(const PackageId&, const PackageId&) = default;
};

/// One requirement of one version.
struct PackageNeed {
    PackageId package;
    VersionSet versions;        ///< Which will do; not absent. None when there is none.
    std::string text;           ///< As people say it: `wheel>=0.38`.
    std::string why_none = {};  ///< When there is none, what there is instead.
};

/// Why a version cannot be taken, as the rest of a sentence: `needs a file from a URL`.
struct UnusableVersion {
    std::string why;
};

using VersionNeeds = std::variant<std::vector<PackageNeed>, UnusableVersion>;

/// @thread One thread at a time.
class PackageSource {
  public:
    PackageSource() = default;
    PackageSource(const PackageSource&) = delete;
    PackageSource& operator=(const PackageSource&) = delete;
    virtual ~PackageSource() = default;

    /// `wheel`, `build[uv]`; empty for the root, the one who asks.
    [[nodiscard]] virtual std::string name(PackageId package) const = 0;
    /// How many versions it has; always the same. Place 0 is the oldest.
    [[nodiscard]] virtual std::size_t versions(PackageId package) const = 0;
    [[nodiscard]] virtual std::string version_name(PackageId package, std::size_t place) const = 0;
    /// Which of them to try first. @param allowed  At least one version.
    [[nodiscard]] virtual std::size_t choose(PackageId package, const VersionSet& allowed) = 0;
    /// What it needs; always the same. Packages that it names are known from then on.
    /// @errors Whatever ends the search.
    [[nodiscard]] virtual Result<VersionNeeds> needs(PackageId package, std::size_t place) = 0;
};

}  // namespace heliograph::verify
