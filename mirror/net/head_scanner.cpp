// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/head_scanner.hpp>

namespace heliograph::mirror {

HeadScanner::State HeadScanner::scan(std::string_view input) {
    while (m_scanned < input.size()) {
        const char c = input[m_scanned];
        const bool follows_return = m_scanned > m_line_begin && input[m_scanned - 1] == '\r';
        if (c == '\n') {
            if (!follows_return) {
                return refuse(
                    400, "A line of the request ends with a bare LF; lines end with CR LF."
                );
            }
            const State ended = end_line(input.substr(m_line_begin, m_scanned - 1 - m_line_begin));
            ++m_scanned;
            m_line_begin = m_scanned;
            if (ended != State::incomplete) {
                return ended;
            }
            continue;
        }
        if (follows_return) {
            return refuse(400, "The request holds a bare CR; lines end with CR LF.");
        }
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f) {
            return refuse(400, "The head of the request holds a control character.");
        }
        ++m_scanned;
        if (check_size(m_scanned - m_line_begin) == State::refused) {
            return State::refused;
        }
    }
    return State::incomplete;
}

HeadScanner::State HeadScanner::check_size(std::size_t unfinished_bytes) {
    if (m_lines == 0 && unfinished_bytes > m_limits.request_line_bytes) {
        return refuse(414, "The request line is longer than this server reads.");
    }
    if (m_scanned > m_limits.header_bytes) {
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
