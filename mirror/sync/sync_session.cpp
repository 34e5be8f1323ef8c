// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

// So many projects in a row that cannot be reached raise the question whether the upstream is there
// at all.
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

// What came of a task for which nobody had to be asked.
Delivery answered_here(ProjectTask task, verify::Serial serial) {
    ProjectOutcome outcome{
        .project = task.project, .serial = serial, .verdict = {}, .reason = {}, .failure = {}};
    return {
        .task = std::move(task),
        .outcome = std::move(outcome),
        .fresh = {},
        .blobs = {},
        .fault = {},
        .wish = {}};
}

}  // namespace

SyncSession::SyncSession(
    const SyncParts& parts, const std::vector<Upstream*>& workers, const SyncOptions& options
)
    : m_parts(parts),
      m_options(options),
      m_started(parts.clock.now()),
      m_projects(&parts.filter),
      m_files(&parts.files),
      m_group(parts.catalog, parts.blobs),
      m_pool(parts.blobs, workers) {
}

Result<SyncReport> SyncSession::run() {
    HG_TRY(const auto state, m_parts.catalog.state());
    HG_TRY(m_upstream, m_parts.catalog.upstream_state());
    m_report.from = state.last_serial;
    m_report.to = state.last_serial;
    HG_CHECK(check_rest());
    HG_TRY([[maybe_unused]] const auto swept, m_parts.blobs.sweep());
    HG_CHECK(open_evidence());
    if (!m_report.upstream.accepted()) {
        return finish();
    }
    HG_CHECK(apply_filter());
    HG_CHECK(plan_parked());
    HG_CHECK(plan_ripe());
    if (m_options.cursor == CursorTrust::proven) {
        HG_CHECK(begin_at_proven());
    }
    if (m_options.reconcile == Reconcile::yes) {
        HG_CHECK(plan_whole());
    } else if (m_filter_changed && !is_unsigned()) {
        HG_CHECK(plan_list());
    } else {
        plan_due_list();
    }
    bool more = true;
    while (more && m_report.upstream.accepted()) {
        HG_TRY(auto chapter, read_chapter());
        if (m_report.upstream.accepted()) {
            HG_CHECK(follow_chapter(chapter));
        }
        more = chapter.more;
    }
    return finish();
}

Outcome SyncSession::follow_chapter(Chapter& chapter) {
    if (chapter.evidence_changed) {
        HG_CHECK(take_evidence());
        if (!m_report.upstream.accepted()) {
            return {};
        }
    }
    if (!chapter.events.empty() || !m_tasks.empty()) {
        HG_CHECK(open_closure());
    }
    auto tasks = take_tasks();
    emit_plan(tasks.size(), chapter.next);
    auto done = run_tasks(std::move(tasks));
    if (done && m_closure) {
        done = follow_closure();
    }
    if (!done || !m_report.upstream.accepted()) {
        // The first error is the one to tell.
        static_cast<void>(salvage());
        return done;
    }
    m_evidence_is_fresh = false;
    count_chapter(chapter);
    const bool in_doubt = std::exchange(m_journal_in_doubt, false);
    if (std::exchange(m_filter_changed, false) || in_doubt) {
        // The journal never told of what is wanted only now, or told what was never so: who stands
        // before has to compare.
        chapter.gap = SerialRange{.after = {}, .up_to = chapter.next};
    }
    HG_CHECK(commit_chapter(chapter));
    return m_group.drop_replaced();
}

Outcome SyncSession::run_tasks(std::vector<ProjectTask> tasks) {
    while (!tasks.empty() && m_report.upstream.accepted()) {
        for (auto& task : tasks) {
            while (!m_pool.has_room()) {
                HG_CHECK(end_task());
            }
            if (!m_report.upstream.accepted()) {
                return {};
            }
            HG_CHECK(begin_task(std::move(task)));
        }
        while (!m_pool.is_idle()) {
            HG_CHECK(end_task());
        }
        // Whatever new evidence asks for.
        for (auto& task : std::exchange(m_again, {})) {
            m_tasks.add(std::move(task));
        }
        tasks = take_tasks();
    }
    return {};
}

Outcome SyncSession::begin_task(ProjectTask task) {
    const auto parked = m_parked.find(task.project);
    if (parked != m_parked.end()) {
        // What is here did not do before, so that it is no answer now.
        task.reuse = ProjectTask::Reuse::refused;
    }
    HG_TRY(auto local, read_local_pages(m_parts.catalog, task.project));
    if (is_here(task, local)) {
        return settle(answered_here(std::move(task), local ? local->serial : verify::Serial{}));
    }
    std::vector<FileRecord> files;
    if (local) {
        HG_TRY(files, m_parts.catalog.files(task.project));
    }
    HG_TRY(const auto floor, m_parts.catalog.newest_serial(task.project));
    PreparedTask prepared{
        .task = std::move(task),
        .local = std::move(local),
        .files = std::move(files),
        .floor = floor,
        .signers = m_signers,
        .filter = m_files->is_everything() ? nullptr : m_files,
        .now = m_started};
    if (is_unsigned()) {
        HG_CHECK(prepare_unsigned(prepared));
    }
    m_pool.give(std::move(prepared));
    return {};
}

Outcome SyncSession::end_task() {
    const auto due = m_group.due_at();
    const auto patience = std::chrono::steady_clock::now() + std::chrono::hours(1);
    auto delivery = m_pool.take(due ? std::min(*due, patience) : patience);
    if (delivery) {
        HG_CHECK(settle(*std::move(delivery)));
    }
    if (!m_report.upstream.accepted()) {
        return {};  // What the group holds was judged by signers who are not to be believed.
    }
    const auto now = std::chrono::steady_clock::now();
    if (m_group.is_full() || (m_group.due_at() && *m_group.due_at() <= now)) {
        return m_group.commit();
    }
    return {};
}

Outcome SyncSession::settle(Delivery delivery) {
    HG_CHECK(m_group.take(delivery));
    if (delivery.fault) {
        return *std::move(delivery.fault);
    }
    if (delivery.wish && delivery.wish->scope == RetryWish::Scope::client) {
        HG_CHECK(rest(*delivery.wish));
        return Error(
            ErrorCode::network,
            m_parts.upstream.source() + " says that it is asked too often (429), for " +
                delivery.task.project.text() + "; it is left alone until " +
                format_rfc3339(*m_upstream.not_before)
        );
    }
    if (may_be_rollover(delivery)) {
        const auto before = m_signers;
        HG_CHECK(take_evidence());
        if (!m_report.upstream.accepted()) {
            m_pool.forget_waiting();
            return {};
        }
        if (m_signers != before) {
            m_again.push_back(std::move(delivery.task));
            return {};
        }
    }
    auto& outcome = delivery.outcome;
    HG_CHECK(check_upstream(outcome));
    m_highest = std::max(m_highest, outcome.serial);
    if (delivery.tag) {
        m_group.retag(outcome.project, *std::move(delivery.tag));
    }
    if (outcome.kind == ProjectOutcome::Kind::gone && is_long_gone(outcome)) {
        outcome.kind = ProjectOutcome::Kind::removed;
        m_group.remove_untold(outcome.project, m_started);
    } else if (outcome.kind == ProjectOutcome::Kind::removed) {
        m_group.remove(outcome.project);
    }
    if (outcome.kind == ProjectOutcome::Kind::removed) {
        outcome.serial = {};
    }
    if (is_absent_need(delivery)) {
        note_absent(outcome);
    }
    m_closure_stale = m_closure_stale || outcome.kind == ProjectOutcome::Kind::stored ||
                      outcome.kind == ProjectOutcome::Kind::removed;
    if (is_pending(outcome.kind)) {
        auto entry = parked_entry(delivery);
        m_parked.insert_or_assign(outcome.project, entry);
        m_group.park(std::move(entry));
    } else if (m_parked.erase(outcome.project) != 0) {
        m_group.settle(outcome.project);
    }
    note(std::move(outcome));
    return {};
}

// Pages signed by somebody unknown may be signed by a signer who is new: asked for once a chapter.
bool SyncSession::may_be_rollover(const Delivery& delivery) const {
    return delivery.outcome.kind == ProjectOutcome::Kind::refused && !m_evidence_is_fresh &&
           delivery.outcome.verdict.find("page-signature-invalid") != nullptr;
}

// Whether it is the project or the upstream that cannot be reached is asked of the upstream: one
// that still shows its journal has bad projects, and they are parked.
Outcome SyncSession::check_upstream(const ProjectOutcome& outcome) {
    const bool unreachable = outcome.failure && is_transport_failure(*outcome.failure);
    m_unreachable = unreachable ? m_unreachable + 1 : 0;
    if (m_unreachable < most_unreachable) {
        return {};
    }
    m_unreachable = 0;
    const auto answer = m_parts.upstream.check_line(m_upstream.last_serial);
    if (!answer && is_transport_failure(answer.error())) {
        return answer.error();
    }
    return {};
}

Outcome SyncSession::rest(const RetryWish& wish) {
    constexpr std::chrono::seconds unsaid{60};
    if (m_looking_only) {
        return {};
    }
    m_upstream.not_before = m_parts.clock.now() + (wish.pause.count() == 0 ? unsaid : wish.pause);
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_CHECK(transaction->put_upstream_state(m_upstream));
    return transaction->commit();
}

// A page may be gone for a moment, and an upstream may hide one (threat T10): it has to stay gone.
// Then it goes here too, for what was taken away upstream must not live on in mirrors (threat T22),
// and what never was here is waited for no longer.
bool SyncSession::is_long_gone(const ProjectOutcome& outcome) const {
    const auto before = m_parked.find(outcome.project);
    const auto patience =
        outcome.serial.value != 0 ? m_options.gone_patience : m_options.absent_patience;
    return before != m_parked.end() && before->second.cause == PendingCause::gone &&
           m_started - before->second.since >= patience;
}

PendingProject SyncSession::parked_entry(const Delivery& delivery) const {
    PendingProject entry{
        .project = delivery.task.project,
        .wanted = delivery.task.wanted,
        .cause = cause_of(delivery.outcome.kind),
        .reason = delivery.outcome.reason,
        .attempts = 1,
        .since = m_started,
        .last_try = m_started,
        .next_try = m_started,
    };
    const auto before = m_parked.find(delivery.task.project);
    if (before != m_parked.end()) {
        entry.attempts = before->second.attempts + 1;
        entry.wanted = std::max(entry.wanted, before->second.wanted);
        if (before->second.cause == entry.cause) {
            entry.since = before->second.since;
        }
    }
    entry.next_try = next_try_of(entry, {.gone = m_options.gone_patience});
    if (delivery.wish) {
        entry.next_try = std::max(entry.next_try, m_parts.clock.now() + delivery.wish->pause);
    }
    return entry;
}

// The cursor last: every project of the chapter is stored, or stands among the parked, by this same
// commit or by one before it.
Outcome SyncSession::commit_chapter(const Chapter& chapter) {
    // Only now: what was to be compared or judged again is done.
    if (m_compared) {
        m_upstream.list_etag = *std::exchange(m_compared, {});
        m_upstream.reconciled = m_started;
    }
    if (!m_upstream.reconciled) {
        m_upstream.reconciled = m_started;  // From here on it is counted when the list is due.
    }
    m_upstream.pages_unjudged = false;
    m_upstream.filter = filter_mark();
    const auto journal = [&](CatalogTransaction& transaction) -> Outcome {
        for (const auto& event : chapter.events) {
            // A journal tells of what is here: who follows this mirror would wait for the rest.
            if (!event.project || m_projects->wants(*event.project)) {
                HG_CHECK(transaction.append_event(event));
            }
        }
        HG_CHECK(transaction.set_last_serial(chapter.next));
        if (chapter.gap) {
            HG_CHECK(transaction.bridge_gap(*chapter.gap, m_started));
        }
        HG_CHECK(transaction.put_upstream_state(m_upstream));
        return chapter.more ? Outcome() : transaction.set_last_modified(m_started);
    };
    count_withdrawals(chapter);
    HG_CHECK(m_group.commit(journal));
    m_report.to = chapter.next;
    return {};
}

void SyncSession::refuse_rollback(verify::Serial last) {
    m_report.upstream.add({
        .id = "journal-rollback",
        .subject = "journal of the upstream",
        .expected =
            "serial " + std::to_string(m_report.to.value) + " or higher, which it showed before",
        .seen = "its last serial is " + std::to_string(last.value),
        .source = m_parts.upstream.source(),
        .advice =
            "nothing is taken from it; ask its operator whether history was lost or is hidden",
    });
}

// What was downloaded before the run ended is kept for the next one; what a signer said who is not
// to be trusted is not.
Outcome SyncSession::salvage() {
    m_pool.forget_waiting();
    while (!m_pool.is_idle()) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::hours(1);
        if (auto delivery = m_pool.take(patience)) {
            HG_CHECK(m_group.take(*delivery));
        }
    }
    return m_report.upstream.accepted() ? m_group.commit() : Outcome();
}

}  // namespace heliograph::mirror
