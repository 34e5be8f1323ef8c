// SPDX-License-Identifier: Apache-2.0
// What one loop of the server counts between two merges.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace heliograph::mirror {

/// @thread Safe: written by one loop, emptied by whoever merges.
class AccessCounter {
  public:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const {
            return std::hash<std::string_view>{}(key);
        }
    };
    /// File name, line feed, name of the agent.
    using Counts = std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>>;

    /// Most entries between two merges: beyond, agents become `other`, and at twice as many what is
    /// new is not counted.
    static constexpr std::size_t most_entries = 50'000;

    /// Counts one file that was given out.
    /// @param agent  The User-Agent field as it came.
    /// @cost A lock that nobody else holds, and one look-up.
    void count(std::string_view filename, std::string_view agent);

    /// What was counted since this was called last.
    [[nodiscard]] Counts take();

  private:
    std::mutex m_mutex;
    std::string m_key;  ///< Reused, so that counting what is known allocates nothing.
    Counts m_counts;
};

}  // namespace heliograph::mirror
