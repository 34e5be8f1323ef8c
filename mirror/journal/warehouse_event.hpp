// SPDX-License-Identifier: Apache-2.0
// Events in the words of the main index's changelog, for programs that follow that one (pulp,
// shadowmire, bandersnatch before 8).
#pragma once

#include <mirror/store/journal_event.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

/// One row of `changelog_since_serial`.
struct WarehouseEvent {
    std::string name;                    ///< Normalised.
    std::optional<std::string> version;  ///< None for events of a whole project.
    Instant time;
    std::string action;  ///< `add py3 file wheel-0.38.4-py3-none-any.whl`...
    verify::Serial serial;

    friend bool operator==(const WarehouseEvent&, const WarehouseEvent&) = default;
};

/// @return None for an event of no project: followers of projects need not see it.
/// @thread Safe. @cost None. @source The action strings of the main index's journal.
[[nodiscard]] std::optional<WarehouseEvent> to_warehouse_event(const JournalEvent& event);

}  // namespace heliograph::mirror
