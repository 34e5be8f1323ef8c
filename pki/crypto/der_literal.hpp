// SPDX-License-Identifier: Apache-2.0
// Private: DER that is known when the library is compiled. What is not hexadecimal, or no object
// identifier, does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace heliograph::pki {

/// A string literal as a template argument.
template <std::size_t size>
struct DerText {
    std::array<char, size> characters{};

    // Not explicit: a literal becomes an argument by itself.
    consteval DerText(const char (&text)[size]) {  // NOLINT(modernize-avoid-c-arrays)
        std::copy_n(static_cast<const char*>(text), size, characters.begin());
    }
};

namespace der_literal {

consteval unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    if (c < 'a' || c > 'f') {
        throw "expected lower-case hexadecimal digits";  // Stops the compiler.
    }
    return static_cast<unsigned>(c - 'a') + 10U;
}

/// The arcs of `1.2.840`, in base 128 as they stand behind tag and length (X.690, section 8.19).
struct ObjectId {
    std::array<std::uint8_t, 64> octets{};
    std::size_t size = 0;

    consteval void append(std::uint64_t arc) {
        std::size_t count = 1;
        while (count < 9 && arc >> (7 * count) != 0) {
            ++count;
        }
        for (std::size_t left = count; left-- > 0;) {
            const auto part = static_cast<std::uint8_t>((arc >> (7 * left)) & 0x7fU);
            octets.at(size++) = left > 0 ? static_cast<std::uint8_t>(part | 0x80U) : part;
        }
    }
};

consteval ObjectId encoded(std::string_view dotted) {
    ObjectId id;
    std::uint64_t first = 0;
    std::size_t number = 0;
    while (!dotted.empty()) {
        std::uint64_t arc = 0;
        const std::string_view digits = dotted.substr(0, dotted.find('.'));
        for (const char c : digits) {
            if (c < '0' || c > '9' || arc > UINT32_MAX) {
                throw "expected arcs of digits";
            }
            arc = arc * 10 + static_cast<std::uint64_t>(c - '0');
        }
        dotted.remove_prefix(std::min(dotted.size(), digits.size() + 1));
        if (number == 0) {
            first = arc;
        } else {
            id.append(number == 1 ? first * 40 + arc : arc);
        }
        ++number;
    }
    if (number < 2 || first > 2) {
        throw "expected two arcs at least, the first of them 0, 1 or 2";
    }
    return id;
}

}  // namespace der_literal

/// `der_hex<"0500">()`: the bytes, in lower case and without blanks.
template <DerText text>
[[nodiscard]] consteval auto der_hex() {
    constexpr std::size_t digits = text.characters.size() - 1;
    static_assert(digits % 2 == 0, "expected two digits a byte");
    std::array<std::byte, digits / 2> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(
            der_literal::hex_digit(text.characters[2 * i]) * 16U +
            der_literal::hex_digit(text.characters[2 * i + 1])
        );
    }
    return bytes;
}

/// `der_object_id_of<oid::key_usage>()`: the bytes as they stand behind tag and length.
template <const std::string_view& dotted>
[[nodiscard]] consteval auto der_object_id_of() {
    constexpr der_literal::ObjectId id = der_literal::encoded(dotted);
    std::array<std::byte, id.size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(id.octets[i]);
    }
    return bytes;
}

}  // namespace heliograph::pki
