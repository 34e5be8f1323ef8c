// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_board.hpp>
#include <tools/cli/terminal.hpp>

#include <cstdio>
#include <string>

namespace heliograph::tools {

namespace {

constexpr std::size_t most_rows = 10;

// The cursor stands behind the last line: back to the first one, and everything from there gone.
std::string wiping(std::size_t lines) {
    return lines == 0
               ? ""
               : "\r" + (lines > 1 ? "\x1b[" + std::to_string(lines - 1) + "A" : "") + "\x1b[J";
}

}  // namespace

ProgressBoard::~ProgressBoard() {
    wipe();
}

void ProgressBoard::wipe() {
    static_cast<void>(std::fputs(wiping(m_lines).c_str(), stderr));
    m_lines = 0;
}

void ProgressBoard::draw(const std::vector<ProgressFigures>& rows) {
    std::string text = wiping(m_lines);
    m_lines = 0;
    const auto columns = terminal_width() - 1;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (m_lines + 1 >= most_rows && i + 1 < rows.size()) {
            continue;
        }
        text += (m_lines == 0 ? "" : "\n") + progress_line(rows[i], columns);
        ++m_lines;
    }
    static_cast<void>(std::fputs(text.c_str(), stderr));
    static_cast<void>(std::fflush(stderr));
}

}  // namespace heliograph::tools
