// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/cache_entry.hpp>
#include <mirror/fetch/cache_folder.hpp>

#include <utility>

namespace heliograph::mirror {

std::filesystem::path CacheFolder::place_of(const pki::Sha256& name) const {
    return cache_place(m_path, name);
}

void CacheFolder::sweep() {
    if (m_kept_bytes > 0) {
        note(sweep_cache(m_path, {.most_bytes = m_most_bytes, .kept_bytes = m_kept_bytes}));
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
