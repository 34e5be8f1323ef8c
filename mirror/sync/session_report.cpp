// SPDX-License-Identifier: Apache-2.0
// What a run tells of itself: its events and its report.
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

bool is_pending(ProjectOutcome::Kind kind) {
    return kind == ProjectOutcome::Kind::refused || kind == ProjectOutcome::Kind::failed ||
           kind == ProjectOutcome::Kind::gone;
}

void SyncSession::emit_plan(std::size_t tasks, verify::Serial serial) const {
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "sync.plan",
         .fields = {{"projects", std::to_string(tasks)}, {"serial", std::to_string(serial.value)}}}
    );
}

void SyncSession::note(ProjectOutcome outcome) {
    ++m_report.looked_at;
    m_report.files += outcome.files;
    m_report.bytes += outcome.bytes;
    m_parts.events.emit(
        {.level = is_pending(outcome.kind) ? EventLevel::warning : EventLevel::info,
         .name = "sync.project." + std::string(project_outcome_name(outcome.kind)),
         .fields =
             {{"project", outcome.project.text()},
              {"serial", std::to_string(outcome.serial.value)},
              {"files", std::to_string(outcome.files)},
              {"bytes", std::to_string(outcome.bytes)},
              {"reason", outcome.reason}}}
    );
    if (outcome.kind == ProjectOutcome::Kind::stored) {
        ++m_report.stored;
        if (m_report.stored > SyncReport::most_stored) {
            return;
        }
    }
    if (outcome.kind != ProjectOutcome::Kind::unchanged) {
        m_report.projects.push_back(std::move(outcome));
    }
}

// One whose project is parked is not followed yet. What is counted is told by the commit that makes
// it so, which is the next step: whole seconds apart from it at the most.
void SyncSession::count_withdrawals(const Chapter& chapter) {
    const auto now = m_parts.clock.now();
    std::size_t followed = 0;
    std::chrono::seconds slowest{0};
    const auto count = [&](const verify::ProjectName& project, Instant time) {
        if (m_report.from.value == 0 || m_parked.contains(project) || !m_projects->wants(project)) {
            return;
        }
        ++followed;
        slowest = std::max(slowest, now - time);
    };
    for (const auto& event : chapter.events) {
        if (event.project && is_withdrawal(event.action)) {
            count(*event.project, event.time);
        }
    }
    for (const auto& withdrawal : chapter.withdrawals) {
        count(withdrawal.project, withdrawal.time);
    }
    if (followed == 0) {
        return;
    }
    m_report.withdrawals += followed;
    m_report.withdrawal_lag = std::max(m_report.withdrawal_lag, slowest);
    auto& record = m_upstream.withdrawals;
    record.followed += followed;
    record.last = now;
    record.last_lag = slowest;
    record.longest_lag = std::max(record.longest_lag, slowest);
}

Result<SyncReport> SyncSession::finish() {
    HG_TRY(const auto overview, m_parts.catalog.pending_overview(0));
    m_report.pending = static_cast<std::size_t>(overview.total());
    if (m_report.complete()) {
        // All that is wanted is here.
        HG_TRY([[maybe_unused]] const auto dropped, m_parts.blobs.drop_unfinished());
    }
    return std::move(m_report);
}

}  // namespace heliograph::mirror
