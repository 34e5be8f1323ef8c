// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/head_scanner.hpp>

namespace heliograph::mirror {

namespace {

// Without an early exit, so that the common case is one tight loop.
bool holds_control(std::string_view text) {
    unsigned found = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        found |= static_cast<unsigned>((byte < 0x20 && byte != '\t') || byte == 0x7f);
    }
    return found != 0;
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view input) {
    while (m_scanned < input.size()) {
        const auto newline = input.find('\n', m_scanned);
        const bool ended = newline != std::string_view::npos;
        const std::size_t end = ended ? newline : input.size();
        std::string_view fresh = input.substr(m_scanned, end - m_scanned);
        const bool returned = fresh.ends_with('\r');
        fresh.remove_suffix(returned ? 1 : 0);
        if (holds_control(fresh)) {
            return refuse(400, "The head of the request holds a bare CR or a control character.");
        }
        if (ended && !returned) {
            return refuse(400, "A line of the request ends with a bare LF; lines end with CR LF.");
        }
        if (check_size(end) == State::refused) {
            return State::refused;
        }
        if (!ended) {
            // A CR at the very end is looked at again, together with what follows it.
            m_scanned = end - (returned ? 1 : 0);
            return State::incomplete;
        }
        const State state = end_line(input.substr(m_line_begin, end - 1 - m_line_begin));
        m_scanned = end + 1;
        m_line_begin = m_scanned;
        if (state != State::incomplete) {
            return state;
        }
    }
    return State::incomplete;
}

HeadScanner::State HeadScanner::check_size(std::size_t end) {
    if (m_lines == 0 && end - m_line_begin > m_limits.request_line_bytes) {
        return refuse(414, "The request line is longer than this server reads.");
    }
    if (end > m_limits.header_bytes) {
        return refuse(431, "The head of the request is longer than this server reads.");
    }
    return State::incomplete;
}

HeadScanner::State HeadScanner::end_line(std::string_view line) {
    if (line.empty()) {
        if (m_lines == 0) {
            return refuse(400, "The request begins with an empty line.");
        }
        return State::complete;
    }
    ++m_lines;
    if (m_lines == 1) {
        return State::incomplete;
    }
    if (m_lines - 1 > m_limits.header_fields) {
        return refuse(431, "The request has more header fields than this server reads.");
    }
    if (line.front() == ' ' || line.front() == '\t') {
        return refuse(400, "A header field is folded over two lines, which RFC 9112 forbids.");
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return refuse(400, "A header field has no name or no colon.");
    }
    if (line.substr(0, colon).find_first_of(" \t") != std::string_view::npos) {
        return refuse(400, "A header field has a space before its colon.");
    }
    return State::incomplete;
}

HeadScanner::State HeadScanner::refuse(int status, std::string_view sentence) {
    m_refusal = {status, sentence};
    return State::refused;
}

void HeadScanner::reset() {
    m_scanned = 0;
    m_line_begin = 0;
    m_lines = 0;
    m_refusal = {};
}

}  // namespace heliograph::mirror
