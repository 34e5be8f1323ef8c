// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/transfer_deadlines.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

std::string in_seconds(std::chrono::milliseconds length) {
    const auto tenths = (length.count() + 50) / 100;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

TransferDeadlines::TransferDeadlines(const FetchTimeouts& timeouts, Time start)
    : m_timeouts(timeouts), m_whole_end(start + timeouts.whole) {
    begin(start);
}

void TransferDeadlines::begin(Time now) {
    m_phase = Phase::connecting;
    m_last = now;
}

void TransferDeadlines::request_sent(Time now) {
    if (m_phase == Phase::connecting) {
        m_phase = Phase::waiting;
        m_last = now;
    }
}

void TransferDeadlines::bytes_arrived(Time now, std::uint64_t count) {
    if (m_phase != Phase::receiving) {
        m_phase = Phase::receiving;
        m_window_start = now;
        m_window_bytes = 0;
    }
    m_last = now;
    m_window_bytes += count;
}

TransferDeadlines::Time TransferDeadlines::phase_end() const {
    switch (m_phase) {
        case Phase::connecting:
            return m_last + m_timeouts.connect;
        case Phase::waiting:
            return m_last + m_timeouts.first_byte;
        case Phase::receiving:
            break;
    }
    return m_last + m_timeouts.silence;
}

TransferDeadlines::Time TransferDeadlines::next() const {
    Time first = std::min(m_whole_end, phase_end());
    if (m_phase == Phase::receiving && m_timeouts.rate_floor_bytes_per_second > 0) {
        first = std::min(first, m_window_start + m_timeouts.rate_window);
    }
    return first;
}

std::optional<std::string> TransferDeadlines::passed(Time now) {
    if (now >= m_whole_end) {
        return "the whole transfer within " + in_seconds(m_timeouts.whole) + ", but it goes on";
    }
    if (now >= phase_end()) {
        switch (m_phase) {
            case Phase::connecting:
                return "a connection within " + in_seconds(m_timeouts.connect) +
                       ", but none was made";
            case Phase::waiting:
                return "the first byte of an answer within " + in_seconds(m_timeouts.first_byte) +
                       ", but none came";
            case Phase::receiving:
                return "no silence longer than " + in_seconds(m_timeouts.silence) +
                       ", but the answer stopped";
        }
    }
    const std::uint64_t floor = m_timeouts.rate_floor_bytes_per_second;
    if (m_phase == Phase::receiving && floor > 0 &&
        now >= m_window_start + m_timeouts.rate_window) {
        const auto window =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - m_window_start);
        const auto rate =
            m_window_bytes * 1000 / static_cast<std::uint64_t>(std::max<long>(window.count(), 1));
        if (rate < floor) {
            return "at least " + std::to_string(floor) + " bytes a second, but saw " +
                   std::to_string(rate);
        }
        m_window_start = now;
        m_window_bytes = 0;
    }
    return std::nullopt;
}

}  // namespace heliograph::mirror
