// SPDX-License-Identifier: Apache-2.0
#include <pki/lint/punycode.hpp>

#include <algorithm>
#include <cstdint>

namespace heliograph::pki {

namespace {

constexpr std::uint32_t base = 36;
constexpr std::uint32_t lowest_threshold = 1;
constexpr std::uint32_t highest_threshold = 26;
constexpr std::uint32_t largest_character = 0x10ffff;
constexpr std::size_t longest_label = 63;

std::optional<std::uint32_t> digit_of(char c) {
    if (c >= 'a' && c <= 'z') {
        return static_cast<std::uint32_t>(c - 'a');
    }
    if (c >= 'A' && c <= 'Z') {
        return static_cast<std::uint32_t>(c - 'A');
    }
    if (c >= '0' && c <= '9') {
        return static_cast<std::uint32_t>(c - '0') + 26;
    }
    return std::nullopt;
}

enum class DeltaPlace { first, later };

std::uint32_t adapted_bias(std::uint32_t delta, std::uint32_t points, DeltaPlace place) {
    constexpr std::uint32_t skew = 38;
    constexpr std::uint32_t damp = 700;
    delta /= place == DeltaPlace::first ? damp : 2;
    delta += delta / points;
    std::uint32_t steps = 0;
    while (delta > (base - lowest_threshold) * highest_threshold / 2) {
        delta /= base - lowest_threshold;
        steps += base;
    }
    return steps + (base - lowest_threshold + 1) * delta / (delta + skew);
}

/// The next number of variable length, which is taken off the text.
std::optional<std::uint64_t> next_delta(std::string_view& text, std::uint32_t bias) {
    std::uint64_t delta = 0;
    std::uint64_t weight = 1;
    for (std::uint32_t k = base;; k += base) {
        const auto digit = text.empty() ? std::nullopt : digit_of(text.front());
        // A label of 63 octets has no use for more.
        if (!digit || weight > UINT32_MAX) {
            return std::nullopt;
        }
        text.remove_prefix(1);
        delta += *digit * weight;
        const std::uint32_t over = k > bias ? k - bias : 0;
        const std::uint32_t threshold = std::clamp(over, lowest_threshold, highest_threshold);
        if (*digit < threshold) {
            return delta;
        }
        weight *= base - threshold;
    }
}

}  // namespace

std::optional<std::u32string> decode_punycode(std::string_view text) {
    std::u32string result;
    if (const std::size_t hyphen = text.rfind('-'); hyphen != std::string_view::npos) {
        result.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(hyphen));
        text.remove_prefix(hyphen + 1);
    }
    if (text.empty() || text.size() > longest_label) {
        return std::nullopt;
    }
    std::uint64_t character = 0x80;
    std::uint64_t index = 0;
    std::uint32_t bias = 72;
    for (auto place = DeltaPlace::first; !text.empty(); place = DeltaPlace::later) {
        const auto delta = next_delta(text, bias);
        const auto points = static_cast<std::uint32_t>(result.size() + 1);
        if (!delta || *delta > std::uint64_t{largest_character} * (points + 1)) {
            return std::nullopt;
        }
        index += *delta;
        bias = adapted_bias(static_cast<std::uint32_t>(*delta), points, place);
        character += index / points;
        index %= points;
        const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
        if (character > largest_character || is_surrogate) {
            return std::nullopt;
        }
        result.insert(
            result.begin() + static_cast<std::ptrdiff_t>(index), static_cast<char32_t>(character)
        );
        ++index;
    }
    return result;
}

}  // namespace heliograph::pki
