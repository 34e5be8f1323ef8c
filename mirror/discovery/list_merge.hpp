// SPDX-License-Identifier: Apache-2.0
// One list of mirrors from several sources: who decides, and who only proposes. Pure.
#pragma once

#include <mirror/fleet/mirror_list.hpp>

#include <optional>
#include <vector>

namespace heliograph::mirror {

struct ListSources {
    std::vector<ListedMirror> own =
        {};  ///< What the user named, in files or through the trust bundle.
    /// Of a list signed under the trust bundle; none: there is no such list.
    std::optional<std::vector<ListedMirror>> decided = std::nullopt;
    std::vector<ListedMirror> proposed = {};  ///< By servers and zones that sign nothing.
};

struct MergedList {
    MirrorList list;
    std::vector<Url> left_out;  ///< Proposed, but not in the list that decides.
};

/// The user's own first, then what was decided, then proposals; each URL once. What the signed list
/// says of a mirror holds, whoever named it first. With a signed list, a proposal that is not in it
/// is left out.
/// @errors not_found (nothing is left), too_large (over verify::limits::mirrors). @thread Safe.
/// @cost n log n.
[[nodiscard]] Result<MergedList> merge_lists(ListSources sources);

}  // namespace heliograph::mirror
