// SPDX-License-Identifier: Apache-2.0
// What a search for dependencies may cost: publishers write whatever they like, and the one who
// asks pays for it. All that is spent ends the search, and nothing of it is given back.
#pragma once

#include <pki/base/result.hpp>

#include <cstdint>
#include <string>

namespace heliograph::mirror {

/// Far more than the largest closures that are known take.
struct SearchLimits {
    /// Clauses compared with versions, needs, and characters of dependencies that were read.
    std::uint64_t effort = 100'000'000;
    /// Pages and readings in memory, about; they are kept for as long as the search.
    std::uint64_t kept_bytes = 1ULL << 30U;
    /// Metadata, and whole files that are read for theirs.
    std::uint64_t fetched_bytes = 16ULL << 30U;
};

/// @errors too_large, of all: a limit is crossed, and at whose project or version (`at`).
/// @thread One thread at a time.
class SearchBudget {
  public:
    explicit SearchBudget(const SearchLimits& limits) : m_limits(limits) {}

    [[nodiscard]] Outcome spend(std::uint64_t effort, const std::string& at);
    [[nodiscard]] Outcome keep(std::uint64_t size_bytes, const std::string& at);
    [[nodiscard]] Outcome fetch(std::uint64_t size_bytes, const std::string& at);

  private:
    const SearchLimits m_limits;
    SearchLimits m_spent{.effort = 0, .kept_bytes = 0, .fetched_bytes = 0};
};

}  // namespace heliograph::mirror
