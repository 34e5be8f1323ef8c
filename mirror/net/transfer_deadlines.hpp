// SPDX-License-Identifier: Apache-2.0
// Which deadline of a transfer has passed, phase by phase. Private to this room.
#pragma once

#include <mirror/net/http_client.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// Told of what happens, it answers when to look again and what has come too late. Reads no clock.
/// @thread One.
class TransferDeadlines {
  public:
    using Time = std::chrono::steady_clock::time_point;

    TransferDeadlines(const FetchTimeouts& timeouts, Time start);

    /// A request begins (again, after a redirect): the deadline of the whole stays.
    void begin(Time now);
    void request_sent(Time now);
    void bytes_arrived(Time now, std::uint64_t count);

    /// The next moment at which something could be too late.
    [[nodiscard]] Time next() const;

    /// What was expected and what was seen, when a deadline has passed.
    [[nodiscard]] std::optional<std::string> passed(Time now);

  private:
    enum class Phase { connecting, waiting, receiving };

    [[nodiscard]] Time phase_end() const;

    FetchTimeouts m_timeouts;
    Time m_whole_end;
    Phase m_phase = Phase::connecting;
    Time m_last;          ///< When the phase began, or the last bytes arrived.
    Time m_window_start;  ///< Of the rate floor.
    std::uint64_t m_window_bytes = 0;
};

}  // namespace heliograph::mirror
