// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>
#include <mirror/store/memory_catalog_writer.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

MemoryCatalog::MemoryCatalog() : m_shared(std::make_shared<Shared>()) {
}
MemoryCatalog::~MemoryCatalog() = default;

std::shared_ptr<const MemoryCatalog::Content> MemoryCatalog::content() const {
    const std::lock_guard lock(m_shared->mutex);
    return m_shared->content;
}

Result<StoredPage> MemoryCatalog::page(const verify::ProjectName& project, verify::PageForm form)
    const {
    const auto all = content();
    const auto found = all->pages.find(project);
    if (found == all->pages.end() || !found->second.contains(form)) {
        return no_project(project);
    }
    return found->second.at(form);
}

Result<std::optional<pki::Sha256>> MemoryCatalog::other_key() const {
    return content()->other_key;
}

Result<std::optional<Bytes>> MemoryCatalog::other_signature(
    const verify::ProjectName& project, verify::PageForm form
) const {
    const auto all = content();
    const auto found = all->other_signatures.find(project);
    if (found == all->other_signatures.end() || !found->second.contains(form)) {
        return std::optional<Bytes>();
    }
    return std::optional(found->second.at(form));
}

Result<std::uint64_t> MemoryCatalog::count_without_other_signature() const {
    const auto all = content();
    std::uint64_t count = 0;
    for (const auto& [project, forms] : all->pages) {
        const auto others = all->other_signatures.find(project);
        count += forms.size() - (others == all->other_signatures.end() ? 0 : others->second.size());
    }
    return count;
}

Result<std::string> MemoryCatalog::display_name(const verify::ProjectName& project) const {
    const auto all = content();
    const auto found = all->projects.find(project);
    return found == all->projects.end() || found->second.display_name.empty()
               ? project.text()
               : found->second.display_name;
}

Result<std::string> MemoryCatalog::page_tag(const verify::ProjectName& project) const {
    const auto all = content();
    const auto found = all->page_tags.find(project);
    return found == all->page_tags.end() ? std::string() : found->second;
}

Result<pki::Sha256> MemoryCatalog::page_digest(
    const verify::ProjectName& project, verify::PageForm form
) const {
    HG_TRY(const auto stored, page(project, form));
    return stored.digest;
}

Result<std::vector<PageDigests>> MemoryCatalog::page_digests(
    std::span<const verify::RootEntry> projects
) const {
    std::vector<PageDigests> all;
    all.reserve(projects.size());
    for (const auto& project : projects) {
        HG_TRY(const auto html, page_digest(project.name, verify::PageForm::html));
        HG_TRY(const auto json, page_digest(project.name, verify::PageForm::json));
        all.push_back({.html = html, .json = json});
    }
    return all;
}

Result<FileRecord> MemoryCatalog::file(const verify::FilePath& path) const {
    const auto all = content();
    const auto found = all->files.find(path.name());
    if (found == all->files.end() || found->second.path != path ||
        all->shelves.contains(path.name().project())) {
        return no_file(path);
    }
    return found->second;
}

Result<FileRecord> MemoryCatalog::file_named(const verify::DistFileName& name) const {
    const auto all = content();
    const auto found = all->files.find(name);
    if (found == all->files.end() || all->shelves.contains(name.project())) {
        return no_file(name);
    }
    return found->second;
}

Result<std::vector<FileRecord>> MemoryCatalog::files(const verify::ProjectName& project) const {
    const auto all = content();
    return all->shelves.contains(project) ? std::vector<FileRecord>() : all->files_of(project);
}

Result<std::vector<FileRecord>> MemoryCatalog::withheld_files(const verify::ProjectName& project
) const {
    const auto all = content();
    return all->shelves.contains(project) ? all->files_of(project) : std::vector<FileRecord>();
}

Result<std::optional<Bytes>> MemoryCatalog::shelf(const verify::ProjectName& project) const {
    const auto all = content();
    const auto found = all->shelves.find(project);
    return found == all->shelves.end() ? std::nullopt : std::optional(found->second);
}

Result<std::optional<pki::Sha256>> MemoryCatalog::retired(const verify::DistFileName& name) const {
    const auto all = content();
    const auto found = all->retired.find(name);
    return found == all->retired.end() ? std::nullopt : std::optional(found->second);
}

Result<std::vector<verify::FilePath>> MemoryCatalog::retired_files(
    const verify::ProjectName& project
) const {
    const auto all = content();
    std::vector<verify::FilePath> files;
    for (const auto& [name, digest] : all->retired) {
        if (name.project() == project) {
            files.emplace_back(digest, name);
        }
    }
    return files;
}

Result<bool> MemoryCatalog::names_blob(const pki::Sha256& digest) const {
    const auto all = content();
    for (const auto& [name, record] : all->files) {
        if (record.path.digest() == digest ||
            (record.metadata && record.metadata->digest == digest) ||
            (record.provenance && record.provenance->digest == digest)) {
            return true;
        }
    }
    return false;
}

Result<std::vector<verify::RootEntry>> MemoryCatalog::projects() const {
    const auto all = content();
    std::vector<verify::RootEntry> projects;
    for (const auto& [name, forms] : all->pages) {
        verify::Serial newest;
        for (const auto& [form, page] : forms) {
            newest = std::max(newest, page.serial);
        }
        projects.push_back({.name = name, .serial = newest});
    }
    return projects;
}

Result<std::optional<verify::Serial>> MemoryCatalog::newest_serial(
    const verify::ProjectName& project
) const {
    const auto all = content();
    const auto found = all->projects.find(project);
    return found == all->projects.end() ? std::nullopt : std::optional(found->second.entry.serial);
}

Result<verify::Serial> MemoryCatalog::newest_serial() const {
    const auto all = content();
    verify::Serial newest;
    for (const auto& [name, known] : all->projects) {
        newest = std::max(newest, known.entry.serial);
    }
    return newest;
}

Result<std::vector<ProjectState>> MemoryCatalog::projects_since(
    std::uint64_t revision, std::size_t most
) const {
    const auto all = content();
    std::vector<ProjectState> changed;
    for (const auto& [name, state] : all->projects) {
        if (state.revision > revision) {
            changed.push_back(state);
        }
    }
    std::sort(changed.begin(), changed.end(), [](const auto& left, const auto& right) {
        return left.revision < right.revision;
    });
    changed.erase(
        changed.begin() + static_cast<std::ptrdiff_t>(std::min(changed.size(), most)), changed.end()
    );
    return changed;
}

Result<Bytes> MemoryCatalog::evidence(EvidenceKind kind) const {
    const auto all = content();
    const auto found = all->evidence.find(kind);
    if (found == all->evidence.end()) {
        return no_evidence(kind);
    }
    return found->second;
}

Result<std::vector<JournalEvent>> MemoryCatalog::events(const SerialRange& range, std::size_t most)
    const {
    const auto all = content();
    std::vector<JournalEvent> events;
    for (auto next = all->events.upper_bound(range.after);
         next != all->events.end() && next->first <= range.up_to && events.size() < most;
         ++next) {
        events.push_back(next->second);
    }
    return events;
}

Result<std::vector<JournalEvent>> MemoryCatalog::newest_events(
    const verify::ProjectName& project, std::size_t most
) const {
    const auto all = content();
    std::vector<JournalEvent> events;
    auto next = all->events.upper_bound(all->state.last_serial);
    while (next != all->events.begin() && events.size() < most) {
        --next;
        if (next->second.project == project) {
            events.push_back(next->second);
        }
    }
    return events;
}

Result<verify::Serial> MemoryCatalog::checkpoint_for(const HistoryBound& bound) const {
    const auto all = content();
    const auto end = all->events.upper_bound(all->state.last_serial);
    verify::Serial checkpoint;
    if (const auto* const count = std::get_if<std::uint64_t>(&bound)) {
        std::uint64_t left = *count;
        for (auto next = end; next != all->events.begin(); --left) {
            --next;
            if (left == 0) {
                checkpoint = next->first;
                break;
            }
        }
    } else {
        const auto first =
            std::find_if(all->events.begin(), all->events.end(), [&](const auto& at) {
                return at.second.time >= std::get<Instant>(bound);
            });
        checkpoint = first == all->events.end() ? all->state.last_serial
                                                : verify::Serial{first->first.value - 1};
    }
    return std::clamp(checkpoint, all->state.checkpoint, all->state.last_serial);
}

Result<std::uint64_t> MemoryCatalog::event_count() const {
    return content()->events.size();
}

Result<std::vector<PendingProject>> MemoryCatalog::pending() const {
    const auto all = content();
    std::vector<PendingProject> pending;
    for (const auto& [name, entry] : all->pending) {
        pending.push_back(entry);
    }
    return pending;
}

Result<PendingOverview> MemoryCatalog::pending_overview(std::size_t most) const {
    HG_TRY(auto all, pending());
    PendingOverview overview;
    for (const auto& entry : all) {
        overview.refused += entry.cause == PendingCause::refused ? 1U : 0U;
        overview.failed += entry.cause == PendingCause::failed ? 1U : 0U;
        overview.gone += entry.cause == PendingCause::gone ? 1U : 0U;
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
        return left.since < right.since;
    });
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(std::min(most, all.size())), all.end());
    overview.longest = std::move(all);
    return overview;
}

Result<std::uint64_t> MemoryCatalog::project_count() const {
    return content()->pages.size();
}

Result<UpstreamState> MemoryCatalog::upstream_state() const {
    return content()->upstream;
}

Result<CatalogState> MemoryCatalog::state() const {
    return content()->state;
}

Result<std::uint64_t> MemoryCatalog::change_counter() const {
    return content()->commits;
}

Outcome MemoryCatalog::give_back_room() {
    return {};
}

Result<std::unique_ptr<CatalogTransaction>> MemoryCatalog::begin() {
    const std::lock_guard lock(m_shared->mutex);
    if (m_shared->writing) {
        return Error(
            ErrorCode::conflict, "expected no other writer of the catalogue, there is one"
        );
    }
    m_shared->writing = true;
    return std::unique_ptr<CatalogTransaction>(std::make_unique<Writer>(m_shared));
}

}  // namespace heliograph::mirror
