// SPDX-License-Identifier: Apache-2.0
// One server of an index, looked at over the network: pages, signatures, freshness, and some of its
// files.
#pragma once

#include <mirror/check/copy_check.hpp>
#include <mirror/fetch/mirror_client.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace heliograph::mirror {

struct ServedCheckRequest {
    Url base;                                   ///< Ends with `/`.
    std::vector<verify::ProjectName> projects;  ///< None: all that its list names.
    std::size_t sample_files = 10;              ///< Downloaded and hashed.
    std::uint64_t seed = 0;  ///< The same draws the same files: what a server knows of it, it can
                             ///< get ready for.
};

/// An item for each form of a page and each sampled file, whatever is wrong with it. The list of
/// projects is not signed: what it hides is not found here. Findings: those of MirrorClient,
/// check_copy()'s of forms, freshness and policy, `list-not-found`, `nothing-signed` (a list of no
/// projects).
/// @param basis  Its state is what was known before. Outlives the call.
/// @errors crypto; invalid_argument (https without roots); cancelled.
/// @thread Safe, with a transport of its own. @cost Two to four requests a page, the sampled files.
[[nodiscard]] Result<CopyReport> check_served(
    const ServedCheckRequest& request, const ClientBasis& basis, const CheckDemands& demands
);

}  // namespace heliograph::mirror
