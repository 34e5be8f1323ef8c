// SPDX-License-Identifier: Apache-2.0
// Moves a progress bar by the events of a library, and passes the events on.
#pragma once

#include <pki/base/event_sink.hpp>
#include <tools/cli/progress.hpp>

#include <cstdint>
#include <mutex>
#include <string>

namespace heliograph::tools {

/// Which events mean what.
struct ProgressEvents {
    std::string plan;        ///< Name of the event that tells how much is to be done.
    std::string plan_field;  ///< Its field with the number; several plans add up.
    std::string step;        ///< Names that begin so are one step each.
    std::string step_field;  ///< Their field that says what was done.
};

/// The bar is wiped by finish(), or when the sink goes.
/// @thread Safe from any thread.
class ProgressSink final : public EventSink {
  public:
    /// @param next  Gets every event too; outlives this sink.
    ProgressSink(EventSink& next, Progress bar, ProgressEvents events);

    void emit(const Event& event) override;

    /// Wipes the bar, so that what is printed from here on stands on clean lines.
    void finish();

  private:
    EventSink& m_next;
    std::mutex m_mutex;
    Progress m_bar;
    ProgressEvents m_events;
    std::uint64_t m_done = 0;
    std::uint64_t m_total = 0;
};

}  // namespace heliograph::tools
