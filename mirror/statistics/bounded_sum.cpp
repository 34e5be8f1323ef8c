// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/agent_name.hpp>
#include <mirror/statistics/bounded_sum.hpp>

#include <utility>

namespace heliograph::mirror {

void BoundedSum::begin_source() {
    m_source_agents = 0;
    m_source_rows = 0;
    m_left_out = 0;
}

bool BoundedSum::admits_agent(const std::string& agent) {
    if (agent == other_agent || m_agents.contains(agent)) {
        return true;
    }
    if (m_agents.size() >= m_bounds.agents || m_source_agents >= m_bounds.source_agents) {
        return false;
    }
    ++m_source_agents;
    m_agents.insert(agent);
    return true;
}

bool BoundedSum::admits_row() const {
    return m_table.size() < m_bounds.rows && m_source_rows < m_bounds.source_rows &&
           m_text_bytes < m_bounds.text_bytes;
}

bool BoundedSum::add_to_known(const AccessKey& key, std::uint64_t count) {
    const auto known = m_table.find(key);
    if (known == m_table.end()) {
        return false;
    }
    known->second = add_counts(known->second, count);
    return true;
}

void BoundedSum::add(AccessKey key, std::uint64_t count) {
    if (!admits_agent(key.agent)) {
        key.agent = other_agent;
    }
    if (add_to_known(key, count)) {
        return;
    }
    if (!admits_row()) {
        key.agent = other_agent;
        if (add_to_known(key, count)) {
            return;
        }
    }
    // The longest that the row can become.
    const auto row_bytes = render_access_row(key, statistics_limits::count).size();
    if (m_table.size() >= m_bounds.most_rows ||
        m_text_bytes + row_bytes > m_bounds.most_text_bytes - access_header().size()) {
        ++m_left_out;
        return;
    }
    m_text_bytes += row_bytes;
    ++m_source_rows;
    m_table.emplace(std::move(key), count);
}

}  // namespace heliograph::mirror
