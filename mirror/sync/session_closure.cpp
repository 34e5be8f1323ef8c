// SPDX-License-Identifier: Apache-2.0
// What is needed by what is wanted, followed while projects come and go.
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

// Each round brings or drops at least one project, and mostly ends the search. A filter of the
// newest releases may go back and forth for ever.
constexpr int most_closure_rounds = 200;

const std::vector<verify::SpecifierSet>* versions_in(
    const WantedVersions& wanted, const verify::ProjectName& project
) {
    const auto found = wanted.find(project);
    return found == wanted.end() ? nullptr : &found->second;
}

bool same_versions(
    const WantedVersions& one, const WantedVersions& other, const verify::ProjectName& project
) {
    const auto* const left = versions_in(one, project);
    const auto* const right = versions_in(other, project);
    if (left == nullptr || right == nullptr) {
        return left == right;
    }
    return std::equal(
        left->begin(),
        left->end(),
        right->begin(),
        right->end(),
        [](const auto& first, const auto& second) { return first.text() == second.text(); }
    );
}

}  // namespace

// Measured when it is asked for first: a run without news reads no metadata.
Outcome SyncSession::open_closure() {
    return m_parts.closure && !m_closure ? measure_closure() : Outcome();
}

Outcome SyncSession::measure_closure() {
    HG_TRY(
        auto closure,
        closure_of(
            m_parts.catalog,
            m_parts.blobs,
            {.projects = m_parts.filter.names(), .extras = *m_parts.closure},
            m_parts.files
        )
    );
    FileFilter files = m_parts.files;
    for (auto& [project, versions] : closure.versions) {
        files.specifiers.insert_or_assign(project, std::move(versions));
    }
    const auto projects = closure.projects.size();
    m_closure.emplace(Wish{ProjectFilter(std::move(closure.projects)), std::move(files)});
    m_projects = &m_closure->projects;
    m_files = &m_closure->files;
    m_closure_stale = false;
    m_report.closure = ClosureReport{
        .needed = projects - m_parts.filter.names().size(),
        .absent = m_report.closure ? m_report.closure->absent : 0,
        .silent_files = static_cast<std::size_t>(closure.silent_files)};
    return {};
}

// While no worker works. What is had for being needed may need more.
Outcome SyncSession::follow_closure() {
    for (int round = 0; m_closure_stale && m_report.upstream.accepted(); ++round) {
        if (round == most_closure_rounds) {
            m_parts.events.emit(
                {.level = EventLevel::warning,
                 .name = "sync.closure.unsettled",
                 .fields = {{"rounds", std::to_string(round)}}}
            );
            return {};
        }
        HG_CHECK(m_group.commit());
        const auto before = *std::move(m_closure);
        HG_CHECK(measure_closure());
        HG_CHECK(apply_closure(before));
        HG_CHECK(run_tasks(take_tasks()));
        HG_CHECK(m_group.commit());
        HG_CHECK(m_group.drop_replaced());
    }
    return {};
}

Outcome SyncSession::apply_closure(const Wish& before) {
    HG_TRY(const auto here, m_parts.catalog.projects());
    std::vector<verify::ProjectName> present;
    for (const auto& project : here) {
        present.push_back(project.name);
        if (!m_projects->wants(project.name)) {
            m_group.remove(project.name);
            change_closure();
        } else if (!same_versions(before.files.specifiers, m_files->specifiers, project.name)) {
            HG_CHECK(refilter(project));
            change_closure();
        }
    }
    for (const auto& project : m_projects->names()) {
        // What was needed before and is not here is parked, or not there.
        if (!before.projects.wants(project) &&
            !std::binary_search(present.begin(), present.end(), project)) {
            m_tasks.add(
                {.project = project,
                 .wanted = {},
                 .digests = std::nullopt,
                 .reuse = ProjectTask::Reuse::refused}
            );
            change_closure();
        }
    }
    for (auto entry = m_parked.begin(); entry != m_parked.end();) {
        if (m_projects->wants(entry->first)) {
            ++entry;
            continue;
        }
        m_group.settle(entry->first);
        entry = m_parked.erase(entry);
    }
    return {};
}

// The journal never told of what comes or goes for being needed: who follows compares.
void SyncSession::change_closure() {
    m_closure_stale = true;
    m_filter_changed = true;
}

// A project that others need and the upstream has not, by no word of its own: nobody waits for it.
bool SyncSession::is_absent_need(const Delivery& delivery) const {
    return m_closure && delivery.outcome.kind == ProjectOutcome::Kind::gone &&
           delivery.outcome.serial.value == 0 && delivery.task.wanted.value == 0 &&
           !m_parts.filter.wants(delivery.outcome.project);
}

void SyncSession::note_absent(ProjectOutcome& outcome) {
    outcome.kind = ProjectOutcome::Kind::unchanged;
    ++m_report.closure->absent;
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "sync.closure.absent",
         .fields = {{"project", outcome.project.text()}}}
    );
}

}  // namespace heliograph::mirror
