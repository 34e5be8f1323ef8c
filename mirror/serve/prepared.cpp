// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/prepared.hpp>

namespace heliograph::mirror {

namespace {

// What an entry costs beside its texts, roughly.
constexpr std::size_t entry_overhead_bytes = 512;

std::size_t size_of(const std::string& key, const Prepared& prepared) {
    std::size_t size = entry_overhead_bytes + key.size() + prepared.head->size();
    if (const auto* bytes = std::get_if<BytesBody>(&prepared.content)) {
        size += bytes->bytes->size();
    }
    return size;
}

}  // namespace

std::string etag_of(const pki::Sha256& digest) {
    return '"' + digest.to_hex() + '"';
}

void PreparedCache::follow(std::uint64_t change_counter) {
    if (change_counter == m_counter) {
        return;
    }
    m_counter = change_counter;
    m_index.clear();
    m_entries.clear();
    m_size_bytes = 0;
}

std::shared_ptr<const Prepared> PreparedCache::find(std::string_view key) {
    const auto found = m_index.find(key);
    if (found == m_index.end()) {
        return nullptr;
    }
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return found->second->prepared;
}

void PreparedCache::keep(std::string key, std::shared_ptr<const Prepared> prepared) {
    const std::size_t size = size_of(key, *prepared);
    if (size > m_limit_bytes / 4 || m_index.contains(key)) {
        return;
    }
    while (m_size_bytes + size > m_limit_bytes) {
        drop_oldest();
    }
    m_entries.push_front({std::move(key), std::move(prepared), size});
    m_index.emplace(m_entries.front().key, m_entries.begin());
    m_size_bytes += size;
}

void PreparedCache::drop_oldest() {
    m_size_bytes -= m_entries.back().size_bytes;
    m_index.erase(m_entries.back().key);
    m_entries.pop_back();
}

}  // namespace heliograph::mirror
