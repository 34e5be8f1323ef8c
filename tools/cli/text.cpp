// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <verify/index/page_text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::tools {

namespace {

// Of the first character; 0: it is none that a terminal may see.
std::size_t length_of_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80) {
        return (first < 0x20 && first != '\t') || first == 0x7f ? 0 : 1;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    const auto character = text.substr(0, length);
    const bool is_control = first == 0xc2 && static_cast<unsigned char>(character.back()) < 0xa0;
    return verify::page_text::is_utf8(character) && !is_control ? length : 0;
}

}  // namespace

std::string format_size(std::uint64_t size_bytes) {
    if (size_bytes < 1000) {
        return counted(size_bytes, "byte");
    }
    static constexpr std::array<const char*, 6> units = {"kB", "MB", "GB", "TB", "PB", "EB"};
    std::uint64_t tenths = size_bytes / 100;
    std::size_t unit = 0;
    while (tenths >= 10'000) {
        tenths /= 1000;
        ++unit;
    }
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + units[unit];
}

std::string format_duration(std::chrono::seconds duration) {
    const auto seconds = duration.count();
    if (seconds >= 3600) {
        return std::to_string(seconds / 3600) + " h " + std::to_string(seconds % 3600 / 60) +
               " min";
    }
    if (seconds >= 60) {
        return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
    }
    return std::to_string(seconds) + " s";
}

std::string without_runner_commands(std::string text, std::string_view instead) {
    constexpr std::string_view command = "##[";
    for (auto at = text.find(command); at != std::string::npos;
         at = text.find(command, at + instead.size())) {
        text.replace(at, command.size(), instead);
    }
    return text;
}

std::string visible(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    shown.reserve(text.size());
    while (!text.empty()) {
        const auto length = length_of_character(text);
        if (length > 0) {
            shown += text.substr(0, length);
        } else {
            const auto value = static_cast<unsigned char>(text.front());
            shown += "\\x";
            shown += digits[value >> 4U];
            shown += digits[value & 15U];
        }
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return without_runner_commands(std::move(shown), "# #[");
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace heliograph::tools
