// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/verify/requirement_list.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

using namespace std::string_view_literals;

constexpr std::uint64_t list_limit_bytes = 8U * 1024U * 1024U;
constexpr auto utf8_mark = "\xEF\xBB\xBF"sv;
// pip cuts lines as Python does, in UTF-8: at U+0085, U+2028 and U+2029, too.
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

// The first end of a line from here on, with its length; the end of the text has none.
struct LineEnd {
    std::size_t at;
    std::size_t length;
};

LineEnd find_line_end(std::string_view text) {
    const auto narrow = text.find_first_of(narrow_ends);
    LineEnd end{std::min(narrow, text.size()), narrow < text.size() ? 1U : 0U};
    for (const auto wide : wide_ends) {
        if (const auto at = text.substr(0, end.at).find(wide); at < end.at) {
            end = {at, wide.size()};
        }
    }
    if (text.substr(end.at).starts_with("\r\n")) {
        end.length = 2;
    }
    return end;
}

std::string visible_part(std::string_view line) {
    const auto first =
        std::find_if(line.begin(), line.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return {first, line.end()};
}

}  // namespace

Result<std::vector<ListLine>> read_requirement_list(const std::filesystem::path& file) {
    HG_TRY(const auto bytes, read_file(file, list_limit_bytes));
    std::string_view text = text_of(bytes);
    if (text.starts_with(utf8_mark)) {
        text.remove_prefix(utf8_mark.size());
    }
    // Every text in UTF-16 or UTF-32 that holds an option has such a byte.
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
        text.find('\0') != std::string_view::npos) {
        return Error(ErrorCode::unsupported, "expected UTF-8, saw another encoding");
    }
    if (const auto encoding = strange_encoding(text)) {
        return Error(
            ErrorCode::unsupported, "expected UTF-8, saw that it calls itself " + *encoding
        );
    }
    std::vector<ListLine> lines;
    std::string continued;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = find_line_end(text);
        const auto line = text.substr(0, end.at);
        text.remove_prefix(end.at + end.length);
        lines.push_back({visible_part(line), number});
        continued += line;
        if (line.ends_with('\\') && !text.empty()) {
            continued.pop_back();
            continue;
        }
        if (continued.size() != line.size()) {
            lines.push_back({visible_part(continued), number});
        }
        continued.clear();
    }
    return lines;
}

}  // namespace heliograph::tools::verify_commands
