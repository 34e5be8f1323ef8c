// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/plan.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

void TaskList::add(ProjectTask task) {
    const auto found = m_tasks.find(task.project);
    if (found == m_tasks.end()) {
        const auto name = task.project;
        m_tasks.emplace(name, std::move(task));
    } else {
        // What one of them wants fetched anew is fetched anew.
        const bool anew = found->second.reuse == ProjectTask::Reuse::refused ||
                          task.reuse == ProjectTask::Reuse::refused;
        const bool asked = task.reuse == ProjectTask::Reuse::asked;
        if (found->second.wanted < task.wanted) {
            found->second = std::move(task);
        } else if (asked) {
            found->second.reuse = ProjectTask::Reuse::asked;
        }
        if (anew) {
            found->second.reuse = ProjectTask::Reuse::refused;
        }
    }
}

void TaskList::doubt(const verify::ProjectName& project, verify::Serial wanted) {
    m_tasks.insert_or_assign(
        project,
        ProjectTask{
            .project = project,
            .wanted = wanted,
            .digests = std::nullopt,
            .reuse = ProjectTask::Reuse::refused}
    );
}

void TaskList::doubt_above(verify::Serial serial) {
    for (auto& [name, task] : m_tasks) {
        if (task.wanted > serial) {
            task = {
                .project = name,
                .wanted = {},
                .digests = std::nullopt,
                .reuse = ProjectTask::Reuse::refused};
        }
    }
}

std::vector<ProjectTask> TaskList::take() {
    std::vector<ProjectTask> tasks;
    tasks.reserve(m_tasks.size());
    for (auto& [name, task] : m_tasks) {
        tasks.push_back(std::move(task));
    }
    m_tasks.clear();
    std::stable_sort(tasks.begin(), tasks.end(), [](const auto& left, const auto& right) {
        return left.wanted < right.wanted;
    });
    return tasks;
}

namespace {

ProjectTask task_of_event(const JournalEvent& event) {
    return {
        .project = *event.project,
        .wanted = event.serial,
        .expect = event.action == JournalAction::remove_project ? ProjectTask::Expect::removal
                                                                : ProjectTask::Expect::page,
        .digests = event.pages,
    };
}

}  // namespace

ProjectTask task_of(const ProjectChange& change) {
    return task_of_event(change.newest());
}

Result<ProjectTask> task_of(const PendingProject& pending, const Catalog& catalog) {
    // What is here did not do before, so that it is no answer now.
    ProjectTask task{
        .project = pending.project,
        .wanted = pending.wanted,
        .digests = std::nullopt,
        .reuse = ProjectTask::Reuse::refused};
    if (pending.wanted.value == 0) {
        return task;
    }
    HG_TRY(
        const auto events,
        catalog.events({.after = {pending.wanted.value - 1}, .up_to = pending.wanted}, 1)
    );
    // None, or one of another project, when the wish came from the upstream's list and not from its
    // journal.
    if (!events.empty() && events.front().project == pending.project) {
        task = task_of_event(events.front());
        task.reuse = ProjectTask::Reuse::refused;
    }
    return task;
}

Outcome plan_missing_blobs(const Catalog& catalog, const BlobStore& blobs, TaskList& tasks) {
    HG_TRY(const auto projects, catalog.projects());
    for (const auto& project : projects) {
        HG_TRY(const auto files, catalog.files(project.name));
        for (const auto& file : files) {
            HG_TRY(const bool held, holds_blobs(blobs, file));
            if (!held) {
                tasks.add(
                    {.project = project.name,
                     .wanted = project.serial,
                     .digests = std::nullopt,
                     .reuse = ProjectTask::Reuse::refused}
                );
                break;
            }
        }
    }
    return {};
}

Outcome plan_reconciliation(
    const Catalog& catalog, const verify::RootList& upstream, TaskList& tasks
) {
    HG_TRY(const auto local, catalog.projects());
    std::map<verify::ProjectName, verify::Serial> here;
    for (const auto& entry : local) {
        here.emplace(entry.name, entry.serial);
    }
    for (const auto& entry : upstream.projects) {
        const auto found = here.find(entry.name);
        if (found == here.end() || found->second < entry.serial) {
            tasks.add({.project = entry.name, .wanted = entry.serial, .digests = std::nullopt});
        }
        if (found != here.end()) {
            here.erase(found);
        }
    }
    // What is left is here and not there: its page decides, for the list itself is not signed.
    for (const auto& [name, serial] : here) {
        tasks.add(
            {.project = name,
             .wanted = serial,
             .digests = std::nullopt,
             .reuse = ProjectTask::Reuse::refused}
        );
    }
    return {};
}

Outcome plan_every_page(const Catalog& catalog, const verify::RootList* upstream, TaskList& tasks) {
    if (upstream != nullptr) {
        HG_CHECK(plan_reconciliation(catalog, *upstream, tasks));
    }
    const auto ask = [&](const verify::ProjectName& name) {
        tasks.add(
            {.project = name,
             .wanted = {},
             .digests = std::nullopt,
             .reuse = ProjectTask::Reuse::asked}
        );
    };
    HG_TRY(const auto local, catalog.projects());
    for (const auto& entry : local) {
        ask(entry.name);
    }
    if (upstream != nullptr) {
        for (const auto& entry : upstream->projects) {
            ask(entry.name);
        }
    }
    return {};
}

Result<bool> holds_blobs(const BlobStore& blobs, const FileRecord& record) {
    const auto named = blobs_of(record);
    for (const auto& blob : named) {
        HG_TRY(const bool held, holds_blob(blobs, blob.digest, blob.size_bytes));
        if (!held) {
            return false;
        }
    }
    return true;
}

Result<std::optional<std::uint64_t>> held_content(
    const BlobStore& blobs, const verify::PageFile& file
) {
    const auto content = blobs.open(file.sha256);
    if (!content) {
        if (content.error().code() == ErrorCode::not_found) {
            return std::optional<std::uint64_t>();
        }
        return content.error();
    }
    if (file.size_bytes && content->size_bytes != *file.size_bytes) {
        return std::optional<std::uint64_t>();
    }
    return std::optional(content->size_bytes);
}

Result<std::optional<std::uint64_t>> held_document(
    const BlobStore& blobs, const pki::Sha256& wanted
) {
    const auto digest = hash_blob(blobs, wanted);
    if (!digest && digest.error().code() != ErrorCode::not_found) {
        return digest.error();
    }
    if (!digest || *digest != wanted) {
        return std::optional<std::uint64_t>();
    }
    HG_TRY(const auto document, blobs.open(wanted));
    return std::optional(document.size_bytes);
}

}  // namespace heliograph::mirror
