// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>
#include <mirror/store/memory_catalog.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace heliograph::mirror {

struct MemoryCatalog::Content {
    std::map<verify::ProjectName, std::map<verify::PageForm, StoredPage>> pages;
    std::map<verify::DistFileName, FileRecord> files;
    std::map<verify::ProjectName, ProjectState> projects;
    std::map<verify::ProjectName, std::string> page_tags;
    std::map<verify::ProjectName, Bytes> shelves;  ///< Whose files are withheld.
    std::map<verify::DistFileName, pki::Sha256> retired;
    std::map<verify::Serial, JournalEvent> events;
    std::map<EvidenceKind, Bytes> evidence;
    std::map<verify::ProjectName, PendingProject> pending;
    UpstreamState upstream;
    CatalogState state;
    std::uint64_t commits = 0;
    std::uint64_t revision = 0;

    [[nodiscard]] std::vector<FileRecord> files_of(const verify::ProjectName& project) const {
        std::vector<FileRecord> found;
        for (const auto& [name, record] : files) {
            if (name.project() == project) {
                found.push_back(record);
            }
        }
        return found;
    }
};

// Readers hold the content they began with; a commit puts a new one in its place.
struct MemoryCatalog::Shared {
    std::mutex mutex;
    std::shared_ptr<const Content> content = std::make_shared<Content>();
    bool writing = false;
};

class MemoryCatalog::Writer final : public CatalogTransaction {
  public:
    explicit Writer(std::shared_ptr<Shared> shared)
        : m_shared(std::move(shared)), m_content(*m_shared->content) {}

    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() override {
        if (m_open) {
            const std::lock_guard lock(m_shared->mutex);
            m_shared->writing = false;
        }
    }

    Result<verify::Serial> take_serial() override {
        ++m_content.state.last_serial.value;
        return m_content.state.last_serial;
    }

    Outcome put_page(
        const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
    ) override {
        m_content.pages[project].insert_or_assign(form, page);
        ProjectState state{
            .entry = {.name = project, .serial = page.serial},
            .presence = page.status == verify::ProjectStatus::quarantined
                            ? ProjectPresence::withheld
                            : ProjectPresence::listed};
        const auto before = m_content.projects.find(project);
        if (before != m_content.projects.end()) {
            state.revision = before->second.revision;
            if (state == before->second) {
                return {};
            }
        }
        state.revision = ++m_content.revision;
        m_content.projects.insert_or_assign(project, state);
        return {};
    }

    Outcome put_signature(
        const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
    ) override {
        const auto found = m_content.pages.find(project);
        if (found == m_content.pages.end() || !found->second.contains(form)) {
            return no_project(project);
        }
        found->second.at(form).signature = to_bytes(signature);
        return {};
    }

    Outcome put_page_tag(const verify::ProjectName& project, std::string_view tag) override {
        if (m_content.projects.contains(project)) {
            m_content.page_tags.insert_or_assign(project, tag);
        }
        return {};
    }

    Outcome put_file(const FileRecord& file) override {
        m_content.files.insert_or_assign(file.path.name(), file);
        return {};
    }

    Outcome remove_file(const verify::DistFileName& name) override {
        if (m_content.files.erase(name) == 0) {
            return no_file(name);
        }
        return {};
    }

    Outcome remove_project(const verify::ProjectName& project) override {
        m_content.pages.erase(project);
        m_content.page_tags.erase(project);
        m_content.shelves.erase(project);
        const auto known = m_content.projects.find(project);
        if (known != m_content.projects.end() &&
            known->second.presence != ProjectPresence::removed) {
            known->second.presence = ProjectPresence::removed;
            known->second.revision = ++m_content.revision;
        }
        std::erase_if(m_content.files, [&](const auto& entry) {
            return entry.first.project() == project;
        });
        return {};
    }

    Outcome shelve(const verify::ProjectName& project, ByteSpan body) override {
        m_content.shelves.insert_or_assign(project, to_bytes(body));
        return {};
    }

    Outcome unshelve(const verify::ProjectName& project) override {
        m_content.shelves.erase(project);
        return {};
    }

    Outcome retire_file(const verify::FilePath& path) override {
        m_content.retired.insert_or_assign(path.name(), path.digest());
        return {};
    }

    Outcome append_event(const JournalEvent& event) override {
        HG_CHECK(check_shape(event));
        const auto [place, fresh] = m_content.events.emplace(event.serial, event);
        if (!fresh && place->second != event) {
            return another_event(event.serial);
        }
        return {};
    }

    Result<std::uint64_t> condense_journal(verify::Serial checkpoint) override {
        if (checkpoint > m_content.state.last_serial) {
            return checkpoint_too_high({.from = m_content.state.last_serial, .to = checkpoint});
        }
        std::map<std::optional<verify::ProjectName>, verify::Serial> newest;
        for (const auto& [serial, event] : m_content.events) {
            newest[event.project] = serial;
        }
        const auto dropped = std::erase_if(m_content.events, [&](const auto& entry) {
            return entry.first <= checkpoint && newest.at(entry.second.project) != entry.first;
        });
        m_content.state.checkpoint = std::max(m_content.state.checkpoint, checkpoint);
        return std::uint64_t{dropped};
    }

    Outcome bridge_gap(const SerialRange& gap, Instant time) override {
        for (const auto& [name, forms] : m_content.pages) {
            const auto html = forms.find(verify::PageForm::html);
            const auto json = forms.find(verify::PageForm::json);
            if (html == forms.end() || json == forms.end() ||
                html->second.serial != json->second.serial || html->second.serial <= gap.after ||
                html->second.serial > gap.up_to) {
                continue;
            }
            m_content.events.emplace(
                html->second.serial,
                JournalEvent{
                    .serial = html->second.serial,
                    .time = time,
                    .action = JournalAction::update_project,
                    .project = name,
                    .filename = std::nullopt,
                    .pages = PageDigests{.html = html->second.digest, .json = json->second.digest}}
            );
        }
        HG_TRY([[maybe_unused]] const auto dropped, condense_journal(gap.up_to));
        return {};
    }

    Outcome journal_removal(const verify::ProjectName& project, Instant time) override {
        const auto known = m_content.projects.find(project);
        std::optional<verify::Serial> newest;
        if (known != m_content.projects.end()) {
            newest = known->second.entry.serial;
        }
        for (const auto& [at, event] : m_content.events) {
            if (event.project == project) {
                newest = at;
            }
        }
        if (!newest) {
            return {};
        }
        const auto serial = *newest;
        const auto there = m_content.events.find(serial);
        if (there == m_content.events.end() || there->second.project == project) {
            m_content.events.insert_or_assign(
                serial,
                JournalEvent{
                    .serial = serial,
                    .time = time,
                    .action = JournalAction::remove_project,
                    .project = project,
                    .filename = std::nullopt,
                    .pages = std::nullopt}
            );
        }
        return {};
    }

    Outcome put_evidence(EvidenceKind kind, ByteSpan document) override {
        if (document.empty()) {
            m_content.evidence.erase(kind);
        } else {
            m_content.evidence.insert_or_assign(kind, to_bytes(document));
        }
        return {};
    }

    Outcome put_pending(const PendingProject& pending) override {
        m_content.pending.insert_or_assign(pending.project, pending);
        return {};
    }

    Outcome clear_pending(const verify::ProjectName& project) override {
        m_content.pending.erase(project);
        return {};
    }

    Outcome put_upstream_state(const UpstreamState& state) override {
        m_content.upstream = state;
        return {};
    }

    Outcome set_last_serial(verify::Serial serial) override {
        if (serial < m_content.state.last_serial) {
            return serial_goes_back({.from = m_content.state.last_serial, .to = serial});
        }
        m_content.state.last_serial = serial;
        return {};
    }

    Outcome set_last_modified(Instant instant) override {
        m_content.state.last_modified = instant;
        return {};
    }

    Outcome step_back(verify::Serial serial) override {
        std::erase_if(m_content.events, [&](const auto& entry) { return entry.first > serial; });
        for (auto& [name, pending] : m_content.pending) {
            if (pending.wanted > serial) {
                pending.wanted = {};
            }
        }
        auto& state = m_content.state;
        state.last_serial = std::min(state.last_serial, serial);
        state.checkpoint = std::min(state.checkpoint, serial);
        return {};
    }

    Outcome commit() override {
        ++m_content.commits;
        const std::lock_guard lock(m_shared->mutex);
        m_shared->content = std::make_shared<Content>(std::move(m_content));
        m_shared->writing = false;
        m_open = false;
        return {};
    }

  private:
    std::shared_ptr<Shared> m_shared;
    Content m_content;
    bool m_open = true;
};

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
