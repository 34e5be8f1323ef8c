// SPDX-License-Identifier: Apache-2.0
// One line of the list of projects: what followers of a catalogue have to know of each project.
#pragma once

#include <verify/index/root_list.hpp>

#include <cstdint>
#include <string>

namespace heliograph::mirror {

/// Whether the list of projects names it.
enum class ProjectPresence {
    listed,
    withheld,  ///< It has a page and no files to offer: quarantined (PEP 792).
    removed,   ///< A tombstone: it was here once.
};

/// @source PEP 691, the root list; house rule that a removed project leaves a tombstone.
struct ProjectState {
    verify::RootEntry entry;  ///< Name, and serial of its newest page.
    ProjectPresence presence = ProjectPresence::listed;
    std::uint64_t revision =
        0;  ///< Grows with every change of any project; of this catalogue only.
    std::string display_name{};  ///< As people write it; empty: as it is normalised.

    friend bool operator==(const ProjectState&, const ProjectState&) = default;
};

}  // namespace heliograph::mirror
