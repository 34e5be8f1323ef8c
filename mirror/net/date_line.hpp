// SPDX-License-Identifier: Apache-2.0
// The Date field, written anew once a second. Private to this room.
#pragma once

#include <pki/base/clock.hpp>

#include <string>

namespace heliograph::mirror {

/// @thread One.
class DateLine {
  public:
    /// @param clock  Outlives the object.
    explicit DateLine(const Clock& clock) : m_clock(clock) {}

    /// `Date: Fri, 02 Jan 2026 03:04:05 GMT` CR LF. @source RFC 9110 section 6.6.1.
    [[nodiscard]] const std::string& text() {
        const Instant now = m_clock.now();
        if (m_text.empty() || now != m_written) {
            m_written = now;
            m_text = "Date: " + format_http_date(now) + "\r\n";
        }
        return m_text;
    }

  private:
    const Clock& m_clock;
    Instant m_written;
    std::string m_text;
};

}  // namespace heliograph::mirror
