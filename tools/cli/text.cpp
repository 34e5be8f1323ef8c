// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>

#include <array>

namespace heliograph::tools {

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

std::string visible(std::string_view text) {
    static constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    shown.reserve(text.size());
    for (const char c : text) {
        const auto value = static_cast<unsigned char>(c);
        if ((value < 0x20 && c != '\t') || value == 0x7f) {
            shown += "\\x";
            shown += digits[value >> 4U];
            shown += digits[value & 15U];
        } else {
            shown += c;
        }
    }
    return shown;
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

}  // namespace heliograph::tools
