// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/cache_folder.hpp>
#include <mirror/fetch/cache_sweep.hpp>
#include <pki/base/file.hpp>

#include <utility>

namespace heliograph::mirror {

std::filesystem::path CacheFolder::place_of(const pki::Sha256& name) const {
    return cache_place(m_path, name);
}

bool CacheFolder::is_own() {
    for (const auto& folder : {m_path, m_path.parent_path()}) {
        auto own = is_own_folder(folder);
        if (!own) {
            note(std::move(own).error());
            m_owner = Owner::another;
            return false;
        }
        if (!*own) {
            return false;
        }
    }
    m_owner = Owner::this_user;
    return true;
}

bool CacheFolder::may_be_read() {
    const auto owner = m_owner.load();
    return owner == Owner::unknown ? is_own() : owner == Owner::this_user;
}

bool CacheFolder::may_be_written() {
    if (m_owner.load() == Owner::unknown) {
        note(make_folder(m_path, FileAccess::owner_only));
    }
    return may_be_read();
}

void CacheFolder::count(std::uint64_t bytes) {
    m_kept_bytes += bytes;
    if (m_kept_bytes >= much_kept_bytes) {
        sweep();
    }
}

void CacheFolder::sweep() {
    const auto kept = m_kept_bytes.exchange(0);
    if (may_be_read()) {
        note(sweep_cache(m_path, {.most_bytes = m_most_bytes, .kept_bytes = kept}));
    }
}

void CacheFolder::note(Outcome outcome) {
    if (outcome) {
        return;
    }
    const std::lock_guard lock(m_mutex);
    if (!m_trouble) {
        m_trouble = std::move(outcome).error();
    }
}

std::optional<Error> CacheFolder::trouble() const {
    const std::lock_guard lock(m_mutex);
    return m_trouble;
}

}  // namespace heliograph::mirror
