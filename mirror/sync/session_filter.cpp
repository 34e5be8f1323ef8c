// SPDX-License-Identifier: Apache-2.0
// What is wanted, applied to what is here and to what a run looks at.
#include <mirror/store/file_filter_form.hpp>
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

std::string mark_of_closure(const std::string& roots, const WantedExtras& extras) {
    pki::Sha256Hasher hasher;
    hasher.update(bytes_of("closure\n" + roots + "\n"));
    for (const auto& [project, names] : extras) {
        std::string line = project.text();
        for (const auto& name : names) {
            line += " " + name.text();
        }
        hasher.update(bytes_of(line + "\n"));
    }
    return hasher.finish().to_hex();
}

}  // namespace

// Of all that is wanted by name; empty: everything. What is needed follows from what is here.
std::string SyncSession::filter_mark() const {
    const auto projects = m_parts.filter.mark();
    const auto files = mark_of(m_parts.files);
    const auto mark =
        files.empty() ? projects : pki::sha256(bytes_of(projects + "\n" + files)).to_hex();
    return m_parts.closure ? mark_of_closure(mark, *m_parts.closure) : mark;
}

// Another filter than the one under which all here was had: what is wanted no more goes now, before
// anything is asked for; what is wanted only now is found by the list. Remembered with the chapter
// that had both.
Outcome SyncSession::apply_filter() {
    if (m_upstream.filter == filter_mark()) {
        return {};
    }
    m_filter_changed = true;
    m_upstream.list_etag.clear();
    HG_CHECK(open_closure());
    HG_TRY(const auto projects, m_parts.catalog.projects());
    for (const auto& project : projects) {
        if (!m_projects->wants(project.name)) {
            m_group.remove(project.name);
            m_dropped.projects.push_back(project.name);
        } else {
            HG_CHECK(refilter(project));
        }
        if (m_group.is_full() && !m_looking_only) {
            // Nobody works yet, and a disk that is full gets its room back at once.
            HG_CHECK(m_group.commit());
            HG_CHECK(m_group.drop_replaced());
        }
    }
    if (m_looking_only) {
        return {};
    }
    HG_TRY(const auto parked, m_parts.catalog.pending());
    for (const auto& entry : parked) {
        if (!m_projects->wants(entry.project)) {
            m_group.settle(entry.project);
        }
    }
    HG_CHECK(m_group.commit());
    return m_group.drop_replaced();
}

// A signed page stays, and files of it go or come. One that was made here is made anew, for it
// names what is here.
Outcome SyncSession::refilter(const verify::RootEntry& project) {
    if (m_files->is_everything()) {
        HG_TRY(const auto left_out, m_parts.catalog.left_out_files(project.name));
        if (left_out.empty()) {
            return {};
        }
    }
    auto effect = effect_of_filter(m_parts.catalog, project.name, *m_files, m_started);
    if (!effect && effect.error().code() == ErrorCode::io) {
        return std::move(effect).error();
    }
    // A page that the disk altered is asked for anew, too.
    if (!effect || is_unsigned() || !effect->missing.empty()) {
        m_tasks.add(
            {.project = project.name,
             .wanted = project.serial,
             .digests = std::nullopt,
             .reuse = ProjectTask::Reuse::refused}
        );
    }
    if (!effect) {
        return {};
    }
    if (m_looking_only) {
        tell_dropped(*effect);
        for (const auto& file : effect->missing) {
            m_dropped.missing.push_back({file.path(), file.size_bytes.value_or(0)});
        }
        m_dropped.unknown += is_unsigned() ? 1U : 0U;
        return {};
    }
    if (is_unsigned()) {
        return {};
    }
    m_group.refilter(*std::move(effect));
    return {};
}

void SyncSession::tell_dropped(const FilterEffect& effect) {
    std::set<verify::DistFileName> here;
    for (const auto& record : effect.dropped) {
        here.insert(record.path.name());
    }
    for (const auto& file : effect.left_out) {
        if (here.contains(file.path.name())) {
            m_dropped.files.push_back(file);
        }
    }
}

// Files that were left out for their age and are old enough by now. After plan_parked(): a project
// that is parked is looked at when its turn comes, whatever it is wanted for.
Outcome SyncSession::plan_ripe() {
    HG_TRY(const auto ripe, m_parts.catalog.ripe_projects(m_started));
    for (const auto& project : ripe) {
        if (m_parked.contains(project)) {
            continue;
        }
        m_tasks.add(
            {.project = project,
             .wanted = {},
             .digests = std::nullopt,
             .reuse = ProjectTask::Reuse::refused}
        );
    }
    return {};
}

std::vector<ProjectTask> SyncSession::take_tasks() {
    auto tasks = m_tasks.take();
    if (!m_projects->is_everything()) {
        std::erase_if(tasks, [&](const ProjectTask& task) {
            return !m_projects->wants(task.project);
        });
    }
    return tasks;
}

}  // namespace heliograph::mirror
