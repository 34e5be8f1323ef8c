// SPDX-License-Identifier: Apache-2.0
// The figures of several servers added up, however many rows each of them writes: nobody else's
// column is lost for it, and what comes of it can be read again.
#pragma once

#include <mirror/statistics/access_row.hpp>

#include <cstdint>
#include <set>
#include <string>

namespace heliograph::mirror {

/// Beyond any of them agents are `other`, so that downloads still count for their file.
struct SumBounds {
    std::size_t agents = 8000;                        ///< Different agents.
    std::size_t source_agents = 1000;                 ///< That one source may bring new.
    std::size_t rows = 2'000'000;                     ///< Rows.
    std::size_t source_rows = 500'000;                ///< That one source may bring new.
    std::uint64_t text_bytes = 256ULL << 20U;         ///< As a file, unpacked.
    std::size_t most_rows = statistics_limits::rows;  ///< Beyond, nothing new is counted at all.
    std::uint64_t most_text_bytes = statistics_limits::text_bytes;
};

/// @thread One thread. @cost Memory for the rows.
class BoundedSum {
  public:
    explicit BoundedSum(const SumBounds& bounds) : m_bounds(bounds) {}

    /// What comes now is of another source.
    void begin_source();
    void add(AccessKey key, std::uint64_t count);

    [[nodiscard]] const AccessTable& table() const { return m_table; }
    /// Rows of the present source that did not even count for their file.
    [[nodiscard]] std::uint64_t left_out() const { return m_left_out; }

  private:
    [[nodiscard]] bool admits_agent(const std::string& agent);
    [[nodiscard]] bool admits_row() const;
    [[nodiscard]] bool add_to_known(const AccessKey& key, std::uint64_t count);

    SumBounds m_bounds;
    AccessTable m_table;
    std::set<std::string> m_agents;
    std::uint64_t m_text_bytes = 0;
    std::size_t m_source_agents = 0;
    std::size_t m_source_rows = 0;
    std::uint64_t m_left_out = 0;
};

}  // namespace heliograph::mirror
