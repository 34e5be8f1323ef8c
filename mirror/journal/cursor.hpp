// SPDX-License-Identifier: Apache-2.0
// How far a follower has read a journal, and what the next page asks of it. The cursor moves last:
// only when every event below it is taken in or stands on the list of pending projects.
#pragma once

#include <mirror/journal/changelog.hpp>

#include <vector>

namespace heliograph::mirror {

/// All that one page of the journal says of one project.
struct ProjectChange {
    verify::ProjectName project;
    std::vector<JournalEvent> events;  ///< Ascending, at least one.

    [[nodiscard]] const JournalEvent& newest() const { return events.back(); }
};

/// One page sorted by project.
struct ChangeSet {
    std::vector<ProjectChange> projects;         ///< In the order of their newest events.
    std::vector<JournalEvent> evidence_changes;  ///< Signer chain or CRL; ascending.
    verify::Serial next;  ///< Where the cursor stands when all of it is done.
};

/// Sorts one page that was asked for with `since=cursor`.
/// @return The set; empty with next == cursor when there is nothing new.
/// @errors conflict: the journal ends below the cursor, so the upstream has lost or hidden its
/// history (threat T23);
///         malformed: events at or below the cursor, or more promised and none given.
/// @thread Safe. @cost One pass.
[[nodiscard]] Result<ChangeSet> sort_changes(verify::Serial cursor, const Changelog& page);

}  // namespace heliograph::mirror
