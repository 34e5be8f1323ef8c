// SPDX-License-Identifier: Apache-2.0
// Time: an injected clock, and the three written forms of an instant that the standards use.
#pragma once

#include <pki/base/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace heliograph {

using Instant = std::chrono::sys_seconds;

/// Where "now" comes from. Only `tools` makes a SystemClock; everything below is given one.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    /// @thread Implementations are safe to call from any thread.
    [[nodiscard]] virtual Instant now() const = 0;
};

/// The machine's clock, in UTC.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override;
};

/// `2026-01-02T03:04:05Z`. @param instant Years 0 to 9999. @source RFC 3339 section 5.6. @thread
/// Safe.
[[nodiscard]] std::string format_rfc3339(Instant instant);

/// Accepts `2026-01-02T03:04:05Z` and, as PEP 700 allows, a fraction of 1 to 6 digits, which is
/// dropped.
/// @errors malformed (another form, offset other than Z, impossible date). @source RFC 3339; PEP
/// 700. @thread Safe.
[[nodiscard]] Result<Instant> parse_rfc3339(std::string_view text);

/// `Fri, 02 Jan 2026 03:04:05 GMT`. @source RFC 9110 section 5.6.7. @thread Safe.
[[nodiscard]] std::string format_http_date(Instant instant);

/// `20260102T03:04:05`, the form of /last-modified that deployed clients read. @source PEP 381.
/// @thread Safe.
[[nodiscard]] std::string format_last_modified(Instant instant);

/// Reads the form above or RFC 3339, with or without one final newline.
/// @errors malformed. @source PEP 381, "Mirror last-modified". @thread Safe.
[[nodiscard]] Result<Instant> parse_last_modified(std::string_view text);

}  // namespace heliograph
