// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/cursor.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace heliograph::mirror {

Result<ChangeSet> sort_changes(verify::Serial cursor, const Changelog& page) {
    if (page.last_serial < cursor) {
        return Error(
            ErrorCode::conflict,
            "expected the upstream's journal to reach serial " + std::to_string(cursor.value) +
                ", which it showed before; it ends at " + std::to_string(page.last_serial.value) +
                ": it lost or hides its history; nothing is taken from it until it is whole again"
        );
    }
    if (!page.events.empty() && page.events.front().serial <= cursor) {
        return Error(
            ErrorCode::malformed,
            "expected events above serial " + std::to_string(cursor.value) + ", saw " +
                std::to_string(page.events.front().serial.value)
        );
    }
    if (page.more && page.events.empty()) {
        return Error(ErrorCode::malformed, "expected events where more are promised, saw none");
    }
    ChangeSet set;
    std::map<verify::ProjectName, ProjectChange> projects;
    for (const auto& event : page.events) {
        if (event.project) {
            auto& change = projects.try_emplace(
                                       *event.project, ProjectChange{*event.project, {}}
            ).first->second;
            change.events.push_back(event);
        } else {
            set.evidence_changes.push_back(event);
        }
    }
    for (auto& [name, change] : projects) {
        set.projects.push_back(std::move(change));
    }
    std::sort(set.projects.begin(), set.projects.end(), [](const auto& left, const auto& right) {
        return left.newest().serial < right.newest().serial;
    });
    set.next = page.more ? page.events.back().serial : page.last_serial;
    return set;
}

}  // namespace heliograph::mirror
