// SPDX-License-Identifier: Apache-2.0
// What a run over many files came to.
#pragma once

#include <mirror/requirement/requirement.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/commands/fetch/fetch_options.hpp>
#include <tools/commands/fetch/parallel_fetch.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace heliograph::tools::fetch_commands {

/// @thread One thread.
class FetchSummary {
  public:
    explicit FetchSummary(Verification verification) : m_verification(verification) {}

    void add(const mirror::Requirement& requirement, const FetchAnswer& answer);

    /// What one who fetched several files wants to know at the end; nothing for one file, of which
    /// everything has been said.
    void report(Console& console) const;

    /// The worst of all by its cause; done for nothing.
    [[nodiscard]] ExitCode exit_code() const { return m_code; }

  private:
    Verification m_verification;
    std::chrono::steady_clock::time_point m_started = std::chrono::steady_clock::now();
    std::size_t m_asked = 0;
    std::size_t m_fetched = 0;
    std::uint64_t m_new_bytes = 0;
    std::set<std::string> m_mirrors;
    std::vector<std::string> m_missing;
    ExitCode m_code = ExitCode::done;
};

}  // namespace heliograph::tools::fetch_commands
