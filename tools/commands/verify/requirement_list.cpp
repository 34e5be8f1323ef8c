// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/requirement_text.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/verify/requirement_list.hpp>

#include <algorithm>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

constexpr std::uint64_t list_limit_bytes = 8U * 1024U * 1024U;
std::string visible_part(std::string_view line) {
    const auto first =
        std::find_if(line.begin(), line.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return {first, line.end()};
}

}  // namespace

Result<std::vector<ListLine>> read_requirement_list(const std::filesystem::path& file) {
    HG_TRY(const auto bytes, read_file(file, list_limit_bytes));
    HG_TRY(auto text, mirror::requirement_text(text_of(bytes)));
    std::vector<ListLine> lines;
    std::string continued;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = mirror::find_line_end(text);
        const auto line = text.substr(0, end.at);
        text.remove_prefix(end.at + end.length_bytes);
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
