// SPDX-License-Identifier: Apache-2.0
// Private: holds a check to so many bytes a second, so that it can run beside a busy server.
#pragma once

#include <pki/base/result.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace heliograph::mirror {

/// @thread Safe.
class ScrubRate {
  public:
    /// @param bytes_per_second  None: as fast as the disk gives.
    ScrubRate(std::optional<std::uint64_t> bytes_per_second, std::stop_token stop);

    /// Accounts for bytes that were read, and waits until they were due.
    /// @errors cancelled.
    Outcome spend(std::uint64_t bytes);

  private:
    std::optional<std::uint64_t> m_bytes_per_second;
    std::stop_token m_stop;
    std::chrono::steady_clock::time_point m_began;
    std::mutex m_mutex;
    std::condition_variable_any m_never;
    std::uint64_t m_spent = 0;
};

}  // namespace heliograph::mirror
