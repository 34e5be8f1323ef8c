// SPDX-License-Identifier: Apache-2.0
// What a static tree of an index has where (mirror/export/FORMAT.md), told by the place alone.
#pragma once

#include <verify/index/project_name.hpp>

#include <string>
#include <string_view>

namespace heliograph::mirror {

/// The file that marks a folder as such a tree.
inline constexpr std::string_view tree_marker_place = ".heliograph-export";

enum class TreePlace {
    document,  ///< Of the format itself: a page, a signature, a list, who may sign.
    promised,  ///< A file, its metadata or its provenance: there because a page names it.
    foreign,   ///< No export writes there.
};

/// @param place  Relative to the tree, with `/` between its parts.
/// @thread Safe. @cost Linear.
[[nodiscard]] TreePlace tree_place_of(std::string_view place);

/// `left-out/wheel.json`: which files of a project a mirror's filter left out. @thread Safe.
[[nodiscard]] std::string left_out_place(const verify::ProjectName& project);

}  // namespace heliograph::mirror
