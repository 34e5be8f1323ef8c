// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/access_counter.hpp>
#include <mirror/statistics/agent_name.hpp>

#include <utility>

namespace heliograph::mirror {

void AccessCounter::count(std::string_view filename, std::string_view agent) {
    const std::lock_guard lock(m_mutex);
    const auto known = [&](std::string_view name) {
        m_key.assign(filename);
        m_key += '\n';
        m_key += name;
        return m_counts.find(m_key);
    };
    auto found = known(agent_name(agent));
    if (found == m_counts.end() && m_counts.size() >= most_entries) {
        found = known(other_agent);
    }
    if (found != m_counts.end()) {
        ++found->second;
    } else if (m_counts.size() < 2 * most_entries) {
        m_counts.emplace(m_key, 1);
    }
}

AccessCounter::Counts AccessCounter::take() {
    const std::lock_guard lock(m_mutex);
    return std::exchange(m_counts, {});
}

}  // namespace heliograph::mirror
