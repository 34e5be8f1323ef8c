// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/terminal.hpp>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

namespace heliograph::tools {

namespace {

int descriptor_of(StandardStream stream) {
    return stream == StandardStream::output ? STDOUT_FILENO : STDERR_FILENO;
}

std::string_view code_of(TerminalColor color) {
    switch (color) {
        case TerminalColor::red:
            return "\x1b[31m";
        case TerminalColor::green:
            return "\x1b[32m";
        case TerminalColor::yellow:
            return "\x1b[33m";
    }
    return "";
}

}  // namespace

bool is_terminal(StandardStream stream) {
    return ::isatty(descriptor_of(stream)) == 1;
}

std::size_t terminal_width() {
    ::winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

std::string colored(StandardStream stream, std::string_view text, TerminalColor color) {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';
    if (refused || !is_terminal(stream)) {
        return std::string(text);
    }
    return std::string(code_of(color)) + std::string(text) + "\x1b[0m";
}

}  // namespace heliograph::tools
