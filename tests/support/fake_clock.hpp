// SPDX-License-Identifier: Apache-2.0
// A clock that a test moves by hand.
#pragma once

#include <pki/base/clock.hpp>

#include <atomic>

namespace heliograph::test {

/// Starts at 2026-01-02T03:04:05Z unless told otherwise.
class FakeClock final : public Clock {
  public:
    FakeClock() : FakeClock(Instant(std::chrono::seconds(1'767'323'045))) {}
    explicit FakeClock(Instant start) : m_now(start.time_since_epoch().count()) {}

    [[nodiscard]] Instant now() const override {
        return Instant(std::chrono::seconds(m_now.load()));
    }
    void set(Instant instant) { m_now.store(instant.time_since_epoch().count()); }
    void advance(std::chrono::seconds step) { m_now.fetch_add(step.count()); }

  private:
    std::atomic<std::chrono::seconds::rep> m_now;
};

}  // namespace heliograph::test
