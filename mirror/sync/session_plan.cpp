// SPDX-License-Identifier: Apache-2.0
// What a run has to look at: the parked, the journal, and the whole list where the journal does not
// reach.
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

// Long chapters keep the workers busy; each is had again from its beginning after a kill, but for
// the projects that are stored already.
constexpr std::size_t chapter_events = 10'000;
// A journal may be condensed while we follow; one that always is, is none.
constexpr int most_gaps = 3;

}  // namespace

Outcome SyncSession::check_rest() const {
    if (m_options.parked == ParkedTries::all || !m_upstream.not_before ||
        m_upstream.not_before <= m_started) {
        return {};
    }
    return Error(
        ErrorCode::network,
        m_parts.upstream.source() + " asked to be left alone until " +
            format_rfc3339(*m_upstream.not_before) + "; it is asked again after that"
    );
}

// What is stored was judged when it came; it is judged again for the time that has passed, and
// asked for again when that made it unfit. News of it are in the journal.
Outcome SyncSession::open_evidence() {
    if (is_unsigned()) {
        return open_unsigned();
    }
    HG_TRY(
        auto stored,
        judge_stored_evidence(m_parts.catalog, m_parts.trust, m_options.policy, m_started)
    );
    if (!stored.usable() || m_options.reconcile == Reconcile::yes) {
        return take_evidence();
    }
    m_signers = std::make_shared<const verify::SignerSet>(std::move(stored));
    m_report.upstream.pass("signers of " + m_parts.upstream.source());
    // A run before this one ended before it had judged all pages by new evidence.
    return m_upstream.pages_unjudged ? plan_refused_pages(m_parts, *m_signers, m_tasks) : Outcome();
}

Outcome SyncSession::take_evidence() {
    HG_TRY(auto taken, take_signer_evidence(m_parts, m_options.policy));
    m_evidence_is_fresh = true;
    if (taken.change == EvidenceChange::changed) {
        m_upstream.pages_unjudged = true;
    }
    if (!taken.signers.usable()) {
        m_report.upstream.merge(taken.signers.verdict());
        return {};
    }
    m_report.upstream.pass("signers of " + m_parts.upstream.source());
    if (m_signers && !m_upstream.pages_unjudged) {
        return {};
    }
    m_signers = std::make_shared<const verify::SignerSet>(std::move(taken.signers));
    return plan_refused_pages(m_parts, *m_signers, m_tasks);
}

Outcome SyncSession::plan_parked() {
    HG_TRY(const auto parked, m_parts.catalog.pending());
    for (const auto& entry : parked) {
        if (m_options.parked == ParkedTries::all || entry.next_try <= m_started) {
            HG_TRY(auto task, task_of(entry, m_parts.catalog));
            m_tasks.add(std::move(task));
        }
        m_parked.emplace(entry.project, entry);
    }
    return {};
}

Outcome SyncSession::plan_whole() {
    HG_CHECK(plan_missing_blobs(m_parts.catalog, m_parts.blobs, m_tasks));
    // An upstream that signs nothing is followed by its list in any case.
    return is_unsigned() ? Outcome() : plan_list();
}

// A list that nobody asked for holds the journal's news up for no fault of its own; it stays due.
void SyncSession::plan_due_list() {
    if (is_unsigned() || !m_upstream.reconciled ||
        m_started - *m_upstream.reconciled < m_options.list_interval) {
        return;
    }
    if (const auto planned = plan_list(); !planned) {
        m_compared.reset();
        m_parts.events.emit(
            {.level = EventLevel::warning,
             .name = "sync.list",
             .fields = {{"reason", planned.error().describe()}}}
        );
    }
}

Outcome SyncSession::plan_list() {
    HG_TRY(const auto answer, m_parts.upstream.projects(m_upstream.list_etag));
    m_compared = answer ? answer->etag : m_upstream.list_etag;
    if (!answer) {
        return {};
    }
    HG_CHECK(plan_reconciliation(m_parts.catalog, answer->list, m_tasks));
    doubt_wishes(answer->list);
    return {};
}

// Nobody signs the serials of events. A list that is as new as an event and knows a lower serial of
// its project says that the event was never so; else a project would wait for it for ever.
void SyncSession::doubt_wishes(const verify::RootList& list) {
    for (auto& [name, parked] : m_parked) {
        const bool list_is_older = list.serial < parked.wanted && parked.wanted <= m_report.to;
        const auto entry = std::lower_bound(
            list.projects.begin(),
            list.projects.end(),
            name,
            [](const verify::RootEntry& one, const verify::ProjectName& wanted) {
                return one.name < wanted;
            }
        );
        if (list_is_older || entry == list.projects.end() || entry->name != name ||
            entry->serial >= parked.wanted) {
            continue;
        }
        parked.wanted = entry->serial;
        m_tasks.doubt(name, entry->serial);
    }
}

// For an upstream that cannot be asked for its list: from the newest page that is proven, its
// journal tells all.
Outcome SyncSession::begin_at_proven() {
    HG_TRY(const auto proven, m_parts.catalog.newest_serial());
    if (proven < m_report.to) {
        HG_TRY([[maybe_unused]] const bool stepped, step_back(proven));
        m_journal_in_doubt = true;
    }
    return {};
}

// What no signed page bears out binds nobody: a serial that an upstream once claimed must not keep
// us from it for ever. Where its history still reaches every page that was ever here, the cursor
// goes back to its end, and the list of projects tells the rest.
// @return Whether it may.
Result<bool> SyncSession::step_back(verify::Serial last) {
    HG_TRY(const auto proven, m_parts.catalog.newest_serial());
    if (last < proven) {
        return false;
    }
    m_parts.events.emit(
        {.level = EventLevel::warning,
         .name = "sync.step-back",
         .fields =
             {{"from", std::to_string(m_report.to.value)},
              {"to", std::to_string(last.value)},
              {"proven", std::to_string(proven.value)}}}
    );
    m_upstream.last_serial = last;
    m_upstream.list_etag.clear();
    // With the step, so that a run that ends before it has the list leaves it to the next one: no
    // event above the cursor tells what happened below it.
    m_upstream.reconciled = Instant();
    if (!m_looking_only) {
        HG_TRY(const auto transaction, m_parts.catalog.begin());
        HG_CHECK(transaction->step_back(last));
        HG_CHECK(transaction->put_upstream_state(m_upstream));
        HG_CHECK(transaction->commit());
    }
    m_report.to = last;
    m_stepped_back = true;
    m_tasks.doubt_above(last);
    for (auto& [name, parked] : m_parked) {
        parked.wanted = parked.wanted > last ? verify::Serial{} : parked.wanted;
    }
    return true;
}

// The list says of each project which serial it has reached, so that all that the lost events
// announced is found by it, but for the evidence, which is asked for.
Result<Chapter> SyncSession::bridge_chapter() {
    if (++m_gaps > most_gaps) {
        return Error(
            ErrorCode::network,
            "expected " + m_parts.upstream.source() +
                " to tell what happened since the serial of its own list of projects, it does not; "
                "it has no journal, or condenses it to nothing again and again"
        );
    }
    HG_TRY(const auto answer, m_parts.upstream.projects({}));
    HG_ASSERT(answer.has_value());
    Chapter chapter{.events = {}, .next = m_report.to, .more = true, .evidence_changed = true};
    if (answer->list.serial < m_report.to) {
        HG_TRY(const bool stepped, step_back(answer->list.serial));
        if (!stepped) {
            refuse_rollback(answer->list.serial);
            return chapter;
        }
    }
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "sync.gap",
         .fields =
             {{"from", std::to_string(m_report.to.value)},
              {"to", std::to_string(answer->list.serial.value)}}}
    );
    chapter.next = answer->list.serial;
    // After a step back, what the journal here tells is in doubt from its beginning.
    chapter.gap = SerialRange{
        .after = m_stepped_back ? verify::Serial{} : m_report.to, .up_to = chapter.next};
    m_compared = answer->etag;
    m_upstream.last_serial = std::max(m_upstream.last_serial, chapter.next);
    m_upstream.answered = m_parts.clock.now();
    m_upstream.not_before.reset();
    HG_CHECK(plan_reconciliation(m_parts.catalog, answer->list, m_tasks));
    doubt_wishes(answer->list);
    return chapter;
}

Result<Chapter> SyncSession::read_chapter() {
    if (is_unsigned()) {
        return list_chapter();
    }
    Chapter chapter{.events = {}, .next = m_report.to};
    do {
        auto page = m_parts.upstream.changes_since(chapter.next);
        if (!page) {
            if (const auto wish = m_parts.upstream.take_wish()) {
                HG_CHECK(rest(*wish));
            }
            return std::move(page).error();
        }
        if (!*page) {
            if (!chapter.events.empty()) {
                return chapter;
            }
            return bridge_chapter();
        }
        HG_TRY(const bool sound, read_page(chapter, **page));
        if (!sound) {
            return m_report.upstream.accepted() ? bridge_chapter() : chapter;
        }
    } while (chapter.more && chapter.events.size() < chapter_events);
    return chapter;
}

// @return Whether the upstream may be followed by its journal.
Result<bool> SyncSession::read_page(Chapter& chapter, const Changelog& page) {
    const auto changes = sort_changes(chapter.next, page);
    if (!changes) {
        if (changes.error().code() != ErrorCode::conflict) {
            return changes.error();
        }
        const bool at_cursor = chapter.events.empty();
        HG_TRY(const bool stepped, at_cursor ? step_back(page.last_serial) : Result<bool>(false));
        if (!stepped) {
            refuse_rollback(page.last_serial);
        }
        return false;
    }
    for (const auto& change : changes->projects) {
        m_tasks.add(task_of(change));
    }
    chapter.evidence_changed = chapter.evidence_changed || !changes->evidence_changes.empty();
    chapter.next = changes->next;
    chapter.more = page.more;
    chapter.events.insert(chapter.events.end(), page.events.begin(), page.events.end());
    m_upstream.last_serial = page.last_serial;
    m_upstream.answered = m_parts.clock.now();
    m_upstream.not_before.reset();
    return true;
}

namespace {

PlannedProject::Kind kind_of(const ProjectTask& task) {
    if (task.expect == ProjectTask::Expect::removal) {
        return PlannedProject::Kind::remove;
    }
    return task.reuse == ProjectTask::Reuse::asked ? PlannedProject::Kind::ask
                                                   : PlannedProject::Kind::fetch;
}

}  // namespace

Result<SyncPreview> SyncSession::preview() {
    m_looking_only = true;
    HG_TRY(const auto state, m_parts.catalog.state());
    HG_TRY(m_upstream, m_parts.catalog.upstream_state());
    m_report.to = state.last_serial;
    HG_CHECK(check_rest());
    HG_CHECK(apply_filter());
    HG_CHECK(plan_parked());
    HG_CHECK(plan_ripe());
    if (m_options.reconcile == Reconcile::yes) {
        HG_CHECK(plan_whole());
    } else if (m_filter_changed && !is_unsigned()) {
        HG_CHECK(plan_list());
    }
    SyncPreview preview{
        .from = state.last_serial,
        .to = {},
        .upstream = {},
        .projects = {},
        .filter = std::move(m_dropped)};
    for (bool more = true; more;) {
        HG_TRY(const auto chapter, read_chapter());
        preview.evidence_changed = preview.evidence_changed || chapter.evidence_changed;
        m_report.to = chapter.next;
        more = chapter.more && m_report.upstream.accepted();
    }
    if (!m_tasks.empty()) {
        HG_CHECK(open_closure());
    }
    for (auto& task : take_tasks()) {
        HG_TRY(const auto local, read_local_pages(m_parts.catalog, task.project));
        if (is_here(task, local)) {
            continue;
        }
        preview.projects.push_back(
            {.project = std::move(task.project),
             .kind = kind_of(task),
             .here = local ? local->serial : verify::Serial{},
             .wanted = task.wanted}
        );
    }
    preview.to = m_report.to;
    m_report.upstream.pass("journal of " + m_parts.upstream.source());
    preview.upstream = std::move(m_report.upstream);
    return preview;
}

}  // namespace heliograph::mirror
