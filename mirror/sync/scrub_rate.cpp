// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/scrub_rate.hpp>

#include <utility>

namespace heliograph::mirror {

ScrubRate::ScrubRate(std::optional<std::uint64_t> bytes_per_second, std::stop_token stop)
    : m_bytes_per_second(bytes_per_second),
      m_stop(std::move(stop)),
      m_began(std::chrono::steady_clock::now()) {
}

Outcome ScrubRate::spend(std::uint64_t bytes) {
    if (m_bytes_per_second) {
        std::unique_lock lock(m_mutex);
        m_spent += bytes;
        const std::chrono::duration<double> due(
            static_cast<double>(m_spent) / static_cast<double>(*m_bytes_per_second)
        );
        // Only a request to stop ends the wait early.
        m_never.wait_until(
            lock,
            m_stop,
            m_began + std::chrono::duration_cast<std::chrono::steady_clock::duration>(due),
            [] { return false; }
        );
    }
    if (m_stop.stop_requested()) {
        return Error(ErrorCode::cancelled, "the check was stopped before its end");
    }
    return {};
}

}  // namespace heliograph::mirror
