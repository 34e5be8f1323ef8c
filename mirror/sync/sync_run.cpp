// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/plan.hpp>
#include <mirror/sync/signer_evidence.hpp>
#include <mirror/sync/sync_run.hpp>
#include <mirror/sync/worker.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace heliograph::mirror {

namespace {

// So many projects in a row that cannot be reached mean that the upstream is gone, and not the
// projects.
constexpr int most_unreachable = 3;

PendingCause cause_of(ProjectOutcome::Kind kind) {
    switch (kind) {
        case ProjectOutcome::Kind::refused:
            return PendingCause::refused;
        case ProjectOutcome::Kind::gone:
            return PendingCause::gone;
        default:
            return PendingCause::failed;
    }
}

bool is_pending(ProjectOutcome::Kind kind) {
    return kind == ProjectOutcome::Kind::refused || kind == ProjectOutcome::Kind::failed ||
           kind == ProjectOutcome::Kind::gone;
}

class SyncRun {
  public:
    SyncRun(const SyncParts& parts, const SyncOptions& options)
        : m_parts(parts), m_options(options), m_started(parts.clock.now()) {}

    Result<SyncReport> run() {
        HG_TRY([[maybe_unused]] const auto swept, m_parts.blobs.sweep());
        HG_TRY(const auto state, m_parts.catalog.state());
        m_report.from = state.last_serial;
        m_report.to = state.last_serial;
        HG_TRY(const auto evidence, take_signer_evidence(m_parts, m_options.policy));
        if (!evidence.signers.usable()) {
            m_report.upstream = evidence.signers.verdict();
            return finish();
        }
        m_report.upstream.pass("signers of " + m_parts.upstream.source());
        HG_CHECK(plan(evidence));
        ProjectWorker worker(
            {.catalog = m_parts.catalog,
             .blobs = m_parts.blobs,
             .upstream = m_parts.upstream,
             .signers = evidence.signers}
        );
        bool more = true;
        while (more && m_report.upstream.accepted()) {
            HG_TRY(more, follow_one_page(worker));
        }
        return finish();
    }

  private:
    Outcome plan(const TakenEvidence& evidence) {
        HG_TRY(const auto pending, m_parts.catalog.pending());
        for (const auto& entry : pending) {
            HG_TRY(auto task, task_of(entry, m_parts.catalog));
            m_tasks.add(std::move(task));
            m_pending.emplace(entry.project, entry);
        }
        if (evidence.change == EvidenceChange::changed) {
            HG_CHECK(plan_refused_pages(m_parts, evidence.signers, m_tasks));
        }
        HG_CHECK(plan_missing_blobs(m_parts.catalog, m_parts.blobs, m_tasks));
        if (m_options.reconcile == Reconcile::yes) {
            HG_TRY(const auto list, m_parts.upstream.projects());
            HG_CHECK(plan_reconciliation(m_parts.catalog, list, m_tasks));
        }
        return {};
    }

    // @return Whether the journal has more.
    Result<bool> follow_one_page(ProjectWorker& worker) {
        HG_TRY(const auto page, m_parts.upstream.changes_since(m_report.to));
        auto changes = sort_changes(m_report.to, page);
        if (!changes) {
            if (changes.error().code() != ErrorCode::conflict) {
                return std::move(changes).error();
            }
            refuse_rollback(page.last_serial);
            return false;
        }
        for (const auto& change : changes->projects) {
            m_tasks.add(task_of(change));
        }
        const auto tasks = m_tasks.take();
        emit_plan(tasks.size(), *changes);
        std::vector<PendingProject> waiting;
        std::vector<verify::ProjectName> settled;
        for (const auto& task : tasks) {
            HG_TRY(auto outcome, run_task(worker, task));
            if (is_pending(outcome.kind)) {
                waiting.push_back(wait_for(task, outcome));
            } else if (m_pending.contains(task.project)) {
                settled.push_back(task.project);
            }
            note(std::move(outcome));
        }
        HG_CHECK(commit(page, *changes, waiting, settled));
        return page.more;
    }

    Result<ProjectOutcome> run_task(ProjectWorker& worker, const ProjectTask& task) {
        HG_TRY(auto outcome, worker.run(task));
        if (outcome.kind == ProjectOutcome::Kind::gone && is_long_gone(task.project, outcome)) {
            HG_CHECK(worker.remove(task.project));
            outcome.kind = ProjectOutcome::Kind::removed;
            outcome.serial = {};
        }
        const bool unreachable =
            outcome.failure && (outcome.failure->code() == ErrorCode::network ||
                                outcome.failure->code() == ErrorCode::timeout);
        m_unreachable = unreachable ? m_unreachable + 1 : 0;
        if (m_unreachable >= most_unreachable) {
            return *outcome.failure;
        }
        return outcome;
    }

    // A page may be gone for a moment, and an upstream may hide one (threat T10): it has to stay
    // gone. Then it goes here too, for what was taken away upstream must not live on in mirrors
    // (threat T22).
    bool is_long_gone(const verify::ProjectName& project, const ProjectOutcome& outcome) const {
        const auto before = m_pending.find(project);
        return outcome.serial.value != 0 && before != m_pending.end() &&
               before->second.cause == PendingCause::gone &&
               m_started - before->second.since >= m_options.gone_patience;
    }

    PendingProject wait_for(const ProjectTask& task, const ProjectOutcome& outcome) const {
        PendingProject entry{
            .project = task.project,
            .wanted = task.wanted,
            .cause = cause_of(outcome.kind),
            .reason = outcome.reason,
            .attempts = 1,
            .since = m_started,
            .last_try = m_started,
        };
        const auto before = m_pending.find(task.project);
        if (before != m_pending.end()) {
            entry.attempts = before->second.attempts + 1;
            entry.wanted = std::max(entry.wanted, before->second.wanted);
            if (before->second.cause == entry.cause) {
                entry.since = before->second.since;
            }
        }
        return entry;
    }

    // The cursor last: every project of the page is stored, or stands among the waiting by this
    // same commit.
    Outcome commit(
        const Changelog& page,
        const ChangeSet& changes,
        const std::vector<PendingProject>& waiting,
        const std::vector<verify::ProjectName>& settled
    ) {
        HG_TRY(const auto transaction, m_parts.catalog.begin());
        for (const auto& event : page.events) {
            HG_CHECK(transaction->append_event(event));
        }
        for (const auto& project : settled) {
            HG_CHECK(transaction->clear_pending(project));
        }
        for (const auto& entry : waiting) {
            HG_CHECK(transaction->put_pending(entry));
        }
        HG_CHECK(transaction->set_last_serial(changes.next));
        if (!page.more) {
            HG_CHECK(transaction->set_last_modified(m_started));
        }
        HG_CHECK(transaction->commit());
        for (const auto& project : settled) {
            m_pending.erase(project);
        }
        for (const auto& entry : waiting) {
            m_pending.insert_or_assign(entry.project, entry);
        }
        m_report.to = changes.next;
        return {};
    }

    void refuse_rollback(verify::Serial last) {
        m_report.upstream.add({
            .id = "journal-rollback",
            .subject = "journal of the upstream",
            .expected = "serial " + std::to_string(m_report.to.value) +
                        " or higher, which it showed before",
            .seen = "its last serial is " + std::to_string(last.value),
            .source = m_parts.upstream.source(),
            .advice =
                "nothing is taken from it; ask its operator whether history was lost or is hidden",
        });
    }

    void emit_plan(std::size_t tasks, const ChangeSet& changes) const {
        m_parts.events.emit(
            {.level = EventLevel::info,
             .name = "sync.plan",
             .fields =
                 {{"projects", std::to_string(tasks)},
                  {"serial", std::to_string(changes.next.value)}}}
        );
    }

    void note(ProjectOutcome outcome) {
        ++m_report.looked_at;
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
        if (outcome.kind != ProjectOutcome::Kind::unchanged) {
            m_report.projects.push_back(std::move(outcome));
        }
    }

    Result<SyncReport> finish() {
        HG_TRY(const auto pending, m_parts.catalog.pending());
        m_report.pending = pending.size();
        return std::move(m_report);
    }

    const SyncParts& m_parts;
    const SyncOptions& m_options;
    Instant m_started;
    SyncReport m_report;
    TaskList m_tasks;
    std::map<verify::ProjectName, PendingProject> m_pending;
    int m_unreachable = 0;
};

}  // namespace

Result<SyncReport> run_sync(const SyncParts& parts, const SyncOptions& options) {
    return SyncRun(parts, options).run();
}

Result<SyncReport> sync_folder(
    const MirrorFolder& folder,
    Transport& transport,
    const SyncOptions& options,
    const Clock& clock,
    EventSink& events
) {
    HG_TRY(const auto lock, folder.lock());
    HG_TRY(const auto trust, read_trust(folder));
    HG_TRY(auto access, reach_upstream(folder, trust, options, clock));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    Upstream upstream(transport, std::move(access));
    return run_sync(
        {.catalog = *catalog,
         .blobs = *blobs,
         .upstream = upstream,
         .trust = trust,
         .clock = clock,
         .events = events},
        options
    );
}

}  // namespace heliograph::mirror
