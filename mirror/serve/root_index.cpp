// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/root_index.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t part_entries = 512;
constexpr std::size_t changes_at_once = 10'000;

std::size_t slot_of(verify::PageForm form) {
    return form == verify::PageForm::html ? 0 : 1;
}

bool comes_before(const verify::RootEntry& entry, const verify::ProjectName& name) {
    return entry.name < name;
}

}  // namespace

Result<std::shared_ptr<const Prepared>> RootIndex::prepared(const Catalog& catalog, PageType type) {
    const std::lock_guard lock(m_mutex);
    // The state first: what is committed between the reads then shows with an older serial, and
    // whoever follows the list asks again.
    HG_TRY(const CatalogState state, catalog.state());
    HG_TRY(const bool changed, follow(catalog));
    // Another thread may have seen a later state than this one.
    const verify::Serial serial = std::max(state.last_serial, m_serial);
    if (changed || serial != m_serial) {
        m_ready.clear();
        m_serial = serial;
    }
    auto& ready = m_ready[type];
    if (ready == nullptr) {
        ready = prepare_bytes(to_bytes(join(page_form(type))), page_fields(type, m_serial));
    }
    return ready;
}

Result<std::shared_ptr<const Prepared>> RootIndex::at_hand(const Catalog& catalog, PageType type) {
    const std::unique_lock lock(m_mutex, std::try_to_lock);
    if (!lock.owns_lock()) {
        return std::shared_ptr<const Prepared>();
    }
    HG_TRY(const CatalogState state, catalog.state());
    HG_TRY(const auto changes, catalog.projects_since(m_revision, 1));
    const auto ready = m_ready.find(type);
    if (!changes.empty() || state.last_serial > m_serial || ready == m_ready.end()) {
        return std::shared_ptr<const Prepared>();
    }
    return ready->second;
}

Result<bool> RootIndex::follow(const Catalog& catalog) {
    bool changed = false;
    while (true) {
        HG_TRY(const auto changes, catalog.projects_since(m_revision, changes_at_once));
        for (const auto& state : changes) {
            apply(state);
            m_revision = state.revision;
        }
        changed = changed || !changes.empty();
        if (changes.size() < changes_at_once) {
            return changed;
        }
    }
}

std::size_t RootIndex::part_for(const verify::ProjectName& name) const {
    const auto next = std::upper_bound(
        m_parts.begin(),
        m_parts.end(),
        name,
        [](const verify::ProjectName& wanted, const Part& part) {
            return wanted < part.entries.front().name;
        }
    );
    return next == m_parts.begin() ? 0 : static_cast<std::size_t>(next - m_parts.begin()) - 1;
}

void RootIndex::apply(const ProjectState& state) {
    const auto& name = state.entry.name;
    if (m_parts.empty()) {
        if (state.presence == ProjectPresence::listed) {
            m_parts.push_back({.entries = {state.entry}, .texts = {}});
        }
        return;
    }
    const std::size_t index = part_for(name);
    Part& part = m_parts[index];
    part.texts = {};
    if (state.presence == ProjectPresence::listed) {
        put(part, state.entry);
        split(index);
        return;
    }
    const auto place =
        std::lower_bound(part.entries.begin(), part.entries.end(), name, comes_before);
    if (place != part.entries.end() && place->name == name) {
        part.entries.erase(place);
    }
    if (part.entries.empty()) {
        m_parts.erase(m_parts.begin() + static_cast<std::ptrdiff_t>(index));
    }
}

void RootIndex::put(Part& part, const verify::RootEntry& entry) {
    const auto place =
        std::lower_bound(part.entries.begin(), part.entries.end(), entry.name, comes_before);
    if (place != part.entries.end() && place->name == entry.name) {
        place->serial = entry.serial;
    } else {
        part.entries.insert(place, entry);
    }
}

void RootIndex::split(std::size_t index) {
    Part& full = m_parts[index];
    if (full.entries.size() < 2 * part_entries) {
        return;
    }
    const auto middle = full.entries.begin() + static_cast<std::ptrdiff_t>(part_entries);
    Part upper{.entries = {middle, full.entries.end()}, .texts = {}};
    full.entries.erase(middle, full.entries.end());
    m_parts.insert(m_parts.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
}

std::string RootIndex::join(verify::PageForm form) {
    std::vector<std::string_view> texts;
    texts.reserve(m_parts.size());
    for (Part& part : m_parts) {
        std::string& text = part.texts.at(slot_of(form));
        if (text.empty()) {
            text = verify::render_root_part(part.entries, form);
        }
        texts.emplace_back(text);
    }
    return verify::join_root(m_serial, form, texts);
}

}  // namespace heliograph::mirror
