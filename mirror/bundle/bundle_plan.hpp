// SPDX-License-Identifier: Apache-2.0
// Private: what belongs into a bundle: whose pages, and which of their files are new.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/unnamed_blob.hpp>

#include <map>
#include <set>

namespace heliograph::mirror {

/// What the journal says of one project since the bundle's beginning.
struct BundledProject {
    enum class Files {
        none,   ///< The page alone.
        named,  ///< Those that joined it.
        all,    ///< It is not known which are new.
    };
    Files files = Files::none;
    std::set<verify::DistFileName> joined;    ///< With all their documents.
    std::set<verify::DistFileName> attested;  ///< Whose documents changed.

    /// Whether a blob of this file goes along.
    [[nodiscard]] bool wants(const verify::DistFileName& file, NamedBlob::Part part) const;
};

/// By name, which is the order in the bundle.
using BundlePlan = std::map<verify::ProjectName, BundledProject>;

/// Reads the journal from the bundle's beginning; where that is condensed, or where signers
/// changed, all projects are in the plan.
/// @errors As Catalog. @cost Reads the events, and the list of projects when it needs it.
[[nodiscard]] Result<BundlePlan> plan_bundle(
    const Catalog& catalog, const BundleManifest& manifest
);

}  // namespace heliograph::mirror
