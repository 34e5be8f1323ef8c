// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>
#include <verify/resolve/version_set.hpp>

#include <algorithm>
#include <bitset>

namespace heliograph::verify {

namespace {

constexpr std::size_t word_bits = 64;

}  // namespace

VersionSet::VersionSet(std::size_t versions)
    : m_versions(versions), m_words(versions / word_bits + 1) {
}

VersionSet VersionSet::none(std::size_t versions) {
    return VersionSet(versions);
}

VersionSet VersionSet::any(std::size_t versions) {
    VersionSet set(versions);
    for (auto& word : set.m_words) {
        word = ~std::uint64_t{0};
    }
    set.trim();
    set.m_words[versions / word_bits] &= ~(std::uint64_t{1} << (versions % word_bits));
    return set;
}

void VersionSet::trim() {
    const std::size_t used = m_versions % word_bits + 1;
    if (used < word_bits) {
        m_words.back() &= (std::uint64_t{1} << used) - 1;
    }
}

bool VersionSet::bit(std::size_t index) const {
    return (m_words[index / word_bits] >> (index % word_bits) & 1U) != 0;
}

void VersionSet::add(std::size_t place) {
    HG_ASSERT(place < m_versions);
    m_words[place / word_bits] |= std::uint64_t{1} << (place % word_bits);
}

bool VersionSet::holds(std::size_t place) const {
    HG_ASSERT(place < m_versions);
    return bit(place);
}

bool VersionSet::is_empty() const {
    return std::all_of(m_words.begin(), m_words.end(), [](auto word) { return word == 0; });
}

bool VersionSet::is_everything() const {
    return complement().is_empty();
}

bool VersionSet::is_within(const VersionSet& other) const {
    HG_ASSERT(m_versions == other.m_versions);
    for (std::size_t i = 0; i < m_words.size(); ++i) {
        if ((m_words[i] & ~other.m_words[i]) != 0) {
            return false;
        }
    }
    return true;
}

bool VersionSet::meets(const VersionSet& other) const {
    HG_ASSERT(m_versions == other.m_versions);
    for (std::size_t i = 0; i < m_words.size(); ++i) {
        if ((m_words[i] & other.m_words[i]) != 0) {
            return true;
        }
    }
    return false;
}

std::size_t VersionSet::count() const {
    std::size_t bits = 0;
    for (const auto word : m_words) {
        bits += std::bitset<word_bits>(word).count();
    }
    return bits - (holds_absent() ? 1U : 0U);
}

VersionSet VersionSet::complement() const {
    VersionSet set(*this);
    for (auto& word : set.m_words) {
        word = ~word;
    }
    set.trim();
    return set;
}

VersionSet operator&(const VersionSet& left, const VersionSet& right) {
    HG_ASSERT(left.m_versions == right.m_versions);
    VersionSet set(left);
    for (std::size_t i = 0; i < set.m_words.size(); ++i) {
        set.m_words[i] &= right.m_words[i];
    }
    return set;
}

VersionSet operator|(const VersionSet& left, const VersionSet& right) {
    HG_ASSERT(left.m_versions == right.m_versions);
    VersionSet set(left);
    for (std::size_t i = 0; i < set.m_words.size(); ++i) {
        set.m_words[i] |= right.m_words[i];
    }
    return set;
}

std::vector<std::size_t> VersionSet::places() const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < m_versions; ++i) {
        if (bit(i)) {
            found.push_back(i);
        }
    }
    return found;
}

}  // namespace heliograph::verify
