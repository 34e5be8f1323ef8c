// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/requirement_text.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace heliograph::mirror {

namespace {

using namespace std::string_view_literals;

constexpr auto utf8_mark = "\xEF\xBB\xBF"sv;
constexpr std::array wide_ends{"\xC2\x85"sv, "\xE2\x80\xA8"sv, "\xE2\x80\xA9"sv};
constexpr auto narrow_ends = "\n\r\v\f\x1c\x1d\x1e"sv;
// Not latin-1: there the byte 0x85 alone ends a line.
constexpr std::array harmless_encodings{"utf-8"sv, "utf8"sv, "UTF-8"sv, "ascii"sv, "us-ascii"sv};

// pip believes `# coding: NAME` in one of the first two lines.
std::optional<std::string> strange_encoding(std::string_view text) {
    for (int line = 0; line < 2; ++line) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto first = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto said = std::min(first.find("coding:"), first.find("coding="));
        if (!first.starts_with('#') || said == std::string_view::npos) {
            continue;
        }
        auto name = first.substr(said + "coding:"sv.size());
        name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
        name = name.substr(0, name.find_first_of(" \t\r"));
        if (std::find(harmless_encodings.begin(), harmless_encodings.end(), name) ==
            harmless_encodings.end()) {
            return std::string(name);
        }
    }
    return std::nullopt;
}

bool is_control(char c) {
    return (c >= '\0' && c < ' ' && c != '\t') || c == '\x7f';
}

}  // namespace

Result<std::string_view> requirement_text(std::string_view bytes) {
    // pip looks for the mark first, and for the comment only where there is none: we for both.
    if (bytes.starts_with(utf8_mark)) {
        bytes.remove_prefix(utf8_mark.size());
    }
    if (!verify::page_text::is_utf8(bytes)) {
        return Error(ErrorCode::unsupported, "expected UTF-8, saw another encoding");
    }
    if (const auto encoding = strange_encoding(bytes)) {
        return Error(
            ErrorCode::unsupported,
            "expected UTF-8, saw that it calls itself '" + verify::printable(*encoding) + "'"
        );
    }
    return bytes;
}

LineEnd find_line_end(std::string_view text) {
    const auto narrow = text.find_first_of(narrow_ends);
    LineEnd end{std::min(narrow, text.size()), narrow < text.size() ? 1U : 0U};
    for (const auto wide : wide_ends) {
        if (const auto at = text.substr(0, end.at).find(wide); at < end.at) {
            end = {at, wide.size()};
        }
    }
    if (text.substr(end.at).starts_with("\r\n")) {
        end.length_bytes = 2;
    }
    return end;
}

Outcome check_plain_lines(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = find_line_end(text);
        const auto line = text.substr(0, end.at);
        const auto mark = text.substr(end.at, end.length_bytes);
        if ((!mark.empty() && mark != "\n" && mark != "\r\n") ||
            std::any_of(line.begin(), line.end(), is_control)) {
            return Error(
                ErrorCode::malformed,
                "expected lines that end with LF or CRLF and no other control characters, saw one "
                "in line " +
                    std::to_string(number) + ": where a line ends is not for each reader to choose"
            );
        }
        text.remove_prefix(end.at + end.length_bytes);
    }
    return {};
}

}  // namespace heliograph::mirror
