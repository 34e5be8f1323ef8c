// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/scrub_memory.hpp>
#include <pki/base/file.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view checked_magic = "heliograph-checked-1\n";
constexpr std::size_t digest_bytes = 32;
constexpr std::uint64_t checked_limit_bytes = std::uint64_t{1} << 30;
constexpr std::size_t fact_bytes = std::tuple_size_v<SoundFact>;

}  // namespace

SoundFact fact_of(const pki::Sha256& digest) {
    SoundFact fact{};
    std::copy_n(digest.bytes.begin(), fact.size(), fact.begin());
    return fact;
}

ScrubMemory ScrubMemory::load(const std::filesystem::path& path) {
    ScrubMemory memory;
    const auto text = read_file(path, checked_limit_bytes);
    const auto head_bytes = checked_magic.size() + digest_bytes;
    if (!text || text->size() < head_bytes || !text_of(*text).starts_with(checked_magic)) {
        return memory;
    }
    const auto stated = ByteSpan(*text).subspan(checked_magic.size(), digest_bytes);
    const auto facts = ByteSpan(*text).subspan(head_bytes);
    const auto seen = pki::sha256(facts);
    if (!std::equal(stated.begin(), stated.end(), seen.bytes.begin()) ||
        facts.size() % fact_bytes != 0) {
        return memory;
    }
    memory.m_known.resize(facts.size() / fact_bytes);
    if (!facts.empty()) {
        std::memcpy(memory.m_known.data(), facts.data(), facts.size());
    }
    return memory;
}

bool ScrubMemory::knows(const SoundFact& fact) const {
    return std::binary_search(m_known.begin(), m_known.end(), fact);
}

void ScrubMemory::remember(const SoundFact& fact) {
    const std::lock_guard lock(m_mutex);
    m_remembered.push_back(fact);
}

void ScrubMemory::forget(const SoundFact& fact) {
    const std::lock_guard lock(m_mutex);
    m_forgotten.push_back(fact);
}

Outcome ScrubMemory::save(const std::filesystem::path& path, Keep keep) {
    const std::lock_guard lock(m_mutex);
    auto facts = std::move(m_remembered);
    if (keep == Keep::known_and_remembered) {
        facts.insert(facts.end(), m_known.begin(), m_known.end());
    }
    std::sort(facts.begin(), facts.end());
    facts.erase(std::unique(facts.begin(), facts.end()), facts.end());
    std::sort(m_forgotten.begin(), m_forgotten.end());
    std::erase_if(facts, [this](const SoundFact& fact) {
        return std::binary_search(m_forgotten.begin(), m_forgotten.end(), fact);
    });
    const ByteSpan bytes = std::as_bytes(std::span(facts));
    HG_TRY(auto file, AtomicFile::create(path, FileAccess::everyone));
    HG_CHECK(file.write(bytes_of(checked_magic)));
    HG_CHECK(file.write(pki::sha256(bytes).span()));
    HG_CHECK(file.write(bytes));
    HG_CHECK(file.commit());
    m_known = std::move(facts);
    m_remembered.clear();
    m_forgotten.clear();
    return {};
}

}  // namespace heliograph::mirror
