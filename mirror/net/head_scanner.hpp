// SPDX-License-Identifier: Apache-2.0
// Finds the end of a request's head and refuses what lenient readers take for one: the
// disagreements between two readers are what request smuggling lives on. RFC 9112 sections 2.2 and
// 5; RFC 9110 section 5.5.
#pragma once

#include <mirror/net/http_server.hpp>

#include <cstddef>
#include <string_view>

namespace heliograph::mirror {

/// Why a request is refused: a status for the client, and one sentence.
struct RequestRefusal {
    int status = 0;  ///< 0: not refused.
    std::string_view sentence;
};

/// Scans one head line by line, also when it comes byte by byte: no byte is looked at twice.
class HeadScanner {
  public:
    enum class State { incomplete, complete, refused };

    explicit HeadScanner(const ServerLimits& limits) : m_limits(limits) {}

    /// @param input  The request from its first byte; each call adds to what the call before had.
    State scan(std::string_view input);

    /// After `complete`: the size of the head with its empty line.
    [[nodiscard]] std::size_t size_bytes() const { return m_line_begin; }
    /// After `refused`.
    [[nodiscard]] const RequestRefusal& refusal() const { return m_refusal; }

    void reset();

  private:
    State refuse(int status, std::string_view sentence);
    State check_size(std::size_t end);
    State end_line(std::string_view line);

    ServerLimits m_limits;
    std::size_t m_scanned = 0;
    std::size_t m_line_begin = 0;
    std::size_t m_lines = 0;
    RequestRefusal m_refusal;
};

}  // namespace heliograph::mirror
