// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/catalog_error.hpp>
#include <mirror/store/memory_catalog_writer.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

MemoryCatalog::Writer::Writer(std::shared_ptr<Shared> shared)
    : m_shared(std::move(shared)), m_content(*m_shared->content) {
}

MemoryCatalog::Writer::~Writer() {
    if (m_open) {
        const std::lock_guard lock(m_shared->mutex);
        m_shared->writing = false;
    }
}

Result<verify::Serial> MemoryCatalog::Writer::take_serial() {
    ++m_content.state.last_serial.value;
    return m_content.state.last_serial;
}

Outcome MemoryCatalog::Writer::put_page(
    const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
) {
    m_content.pages[project].insert_or_assign(form, page);
    m_content.other_signatures[project].erase(form);
    ProjectState state{
        .entry = {.name = project, .serial = page.serial},
        .presence = page.status == verify::ProjectStatus::quarantined ? ProjectPresence::withheld
                                                                      : ProjectPresence::listed};
    const auto before = m_content.projects.find(project);
    if (before != m_content.projects.end()) {
        state.revision = before->second.revision;
        state.display_name = before->second.display_name;
        if (state == before->second) {
            return {};
        }
    }
    state.revision = ++m_content.revision;
    m_content.projects.insert_or_assign(project, state);
    return {};
}

Outcome MemoryCatalog::Writer::put_signature(
    const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
) {
    const auto found = m_content.pages.find(project);
    if (found == m_content.pages.end() || !found->second.contains(form)) {
        return no_project(project);
    }
    found->second.at(form).signature = to_bytes(signature);
    return {};
}

Outcome MemoryCatalog::Writer::begin_overlap(const pki::Sha256& other_key) {
    if (m_content.other_key != other_key) {
        m_content.other_signatures.clear();
        m_content.other_key = other_key;
    }
    return {};
}

Outcome MemoryCatalog::Writer::put_other_signature(
    const verify::ProjectName& project, verify::PageForm form, ByteSpan signature
) {
    const auto found = m_content.pages.find(project);
    if (found == m_content.pages.end() || !found->second.contains(form)) {
        return no_project(project);
    }
    m_content.other_signatures[project].insert_or_assign(form, to_bytes(signature));
    return {};
}

Outcome MemoryCatalog::Writer::switch_signatures(const pki::Sha256& former_key) {
    for (auto& [project, forms] : m_content.other_signatures) {
        for (auto& [form, signature] : forms) {
            std::swap(m_content.pages.at(project).at(form).signature, signature);
        }
    }
    m_content.other_key = former_key;
    return {};
}

Outcome MemoryCatalog::Writer::end_overlap() {
    m_content.other_key.reset();
    m_content.other_signatures.clear();
    return {};
}

Outcome MemoryCatalog::Writer::put_display_name(
    const verify::ProjectName& project, std::string_view display_name
) {
    const auto known = m_content.projects.find(project);
    if (known != m_content.projects.end() && known->second.display_name != display_name) {
        known->second.display_name = display_name;
        known->second.revision = ++m_content.revision;
    }
    return {};
}

Outcome MemoryCatalog::Writer::put_page_tag(
    const verify::ProjectName& project, std::string_view tag
) {
    if (m_content.projects.contains(project)) {
        m_content.page_tags.insert_or_assign(project, tag);
    }
    return {};
}

Outcome MemoryCatalog::Writer::put_file(const FileRecord& file) {
    m_content.files.insert_or_assign(file.path.name(), file);
    return {};
}

Outcome MemoryCatalog::Writer::remove_file(const verify::DistFileName& name) {
    if (m_content.files.erase(name) == 0) {
        return no_file(name);
    }
    return {};
}

Outcome MemoryCatalog::Writer::put_left_out(
    const verify::ProjectName& project, std::span<const LeftOutFile> files
) {
    m_content.left_out.erase(project);
    if (!files.empty()) {
        auto& kept = m_content.left_out[project];
        kept.assign(files.begin(), files.end());
        std::sort(kept.begin(), kept.end(), [](const auto& left, const auto& right) {
            return left.path.name() < right.path.name();
        });
    }
    return {};
}

Outcome MemoryCatalog::Writer::remove_project(const verify::ProjectName& project) {
    m_content.left_out.erase(project);
    m_content.pages.erase(project);
    m_content.other_signatures.erase(project);
    m_content.page_tags.erase(project);
    m_content.shelves.erase(project);
    const auto known = m_content.projects.find(project);
    if (known != m_content.projects.end() && known->second.presence != ProjectPresence::removed) {
        known->second.presence = ProjectPresence::removed;
        known->second.revision = ++m_content.revision;
    }
    std::erase_if(m_content.files, [&](const auto& entry) {
        return entry.first.project() == project;
    });
    return {};
}

Outcome MemoryCatalog::Writer::shelve(const verify::ProjectName& project, ByteSpan body) {
    m_content.shelves.insert_or_assign(project, to_bytes(body));
    return {};
}

Outcome MemoryCatalog::Writer::unshelve(const verify::ProjectName& project) {
    m_content.shelves.erase(project);
    return {};
}

Outcome MemoryCatalog::Writer::retire_file(const verify::FilePath& path) {
    m_content.retired.insert_or_assign(path.name(), path.digest());
    return {};
}

Outcome MemoryCatalog::Writer::append_event(const JournalEvent& event) {
    HG_CHECK(check_shape(event));
    const auto [place, fresh] = m_content.events.emplace(event.serial, event);
    if (!fresh && place->second != event) {
        return another_event(event.serial);
    }
    return {};
}

Result<std::uint64_t> MemoryCatalog::Writer::condense_journal(verify::Serial checkpoint) {
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

Outcome MemoryCatalog::Writer::bridge_gap(const SerialRange& gap, Instant time) {
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

Outcome MemoryCatalog::Writer::journal_removal(const verify::ProjectName& project, Instant time) {
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

Outcome MemoryCatalog::Writer::put_evidence(EvidenceKind kind, ByteSpan document) {
    if (document.empty()) {
        m_content.evidence.erase(kind);
    } else {
        m_content.evidence.insert_or_assign(kind, to_bytes(document));
    }
    return {};
}

Outcome MemoryCatalog::Writer::put_pending(const PendingProject& pending) {
    m_content.pending.insert_or_assign(pending.project, pending);
    return {};
}

Outcome MemoryCatalog::Writer::clear_pending(const verify::ProjectName& project) {
    m_content.pending.erase(project);
    return {};
}

Outcome MemoryCatalog::Writer::put_upstream_state(const UpstreamState& state) {
    m_content.upstream = state;
    return {};
}

Outcome MemoryCatalog::Writer::set_last_serial(verify::Serial serial) {
    if (serial < m_content.state.last_serial) {
        return serial_goes_back({.from = m_content.state.last_serial, .to = serial});
    }
    m_content.state.last_serial = serial;
    return {};
}

Outcome MemoryCatalog::Writer::set_last_modified(Instant instant) {
    m_content.state.last_modified = instant;
    return {};
}

Outcome MemoryCatalog::Writer::step_back(verify::Serial serial) {
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

Outcome MemoryCatalog::Writer::commit() {
    ++m_content.commits;
    const std::lock_guard lock(m_shared->mutex);
    m_shared->content = std::make_shared<Content>(std::move(m_content));
    m_shared->writing = false;
    m_open = false;
    return {};
}

}  // namespace heliograph::mirror
