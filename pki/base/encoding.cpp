// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace heliograph {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t no_digit = 0xff;

using DigitTable = std::array<std::uint8_t, 256>;

constexpr DigitTable table_of(std::string_view alphabet) {
    DigitTable table{};
    for (auto& entry : table) {
        entry = no_digit;
    }
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return table;
}

constexpr DigitTable hex_table = table_of(hex_digits);
constexpr DigitTable standard_table = table_of(standard_alphabet);
constexpr DigitTable url_table = table_of(url_alphabet);

// Digits without padding; the callers add or require it.
std::string encode_sextets(ByteSpan bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3 + 2);
    std::uint32_t pool = 0;
    int pooled_bits = 0;
    for (const auto byte : bytes) {
        pool = pool << 8U | std::to_integer<std::uint32_t>(byte);
        pooled_bits += 8;
        while (pooled_bits >= 6) {
            pooled_bits -= 6;
            text += alphabet[pool >> static_cast<unsigned>(pooled_bits) & 63U];
        }
    }
    if (pooled_bits > 0) {
        text += alphabet[pool << static_cast<unsigned>(6 - pooled_bits) & 63U];
    }
    return text;
}

std::optional<Bytes> decode_sextets(std::string_view digits, const DigitTable& table) {
    if (digits.size() % 4 == 1) {
        return std::nullopt;
    }
    Bytes bytes;
    bytes.reserve(digits.size() * 3 / 4);
    std::uint32_t pool = 0;
    int pooled_bits = 0;
    for (const char c : digits) {
        const std::uint8_t digit = table[static_cast<unsigned char>(c)];
        if (digit == no_digit) {
            return std::nullopt;
        }
        pool = pool << 6U | digit;
        pooled_bits += 6;
        if (pooled_bits >= 8) {
            pooled_bits -= 8;
            bytes.push_back(
                static_cast<std::byte>(pool >> static_cast<unsigned>(pooled_bits) & 0xffU)
            );
        }
    }
    // RFC 4648 section 3.5: left-over bits must be zero, or two texts would decode alike.
    if ((pool & ((1U << static_cast<unsigned>(pooled_bits)) - 1U)) != 0) {
        return std::nullopt;
    }
    return bytes;
}

Error not_base64(std::string_view which) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(which) + ", saw a character, length or padding outside it"};
}

}  // namespace

std::string encode_hex(ByteSpan bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text += hex_digits[value >> 4U];
        text += hex_digits[value & 15U];
    }
    return text;
}

Result<Bytes> decode_hex(std::string_view text) {
    if (text.size() % 2 != 0) {
        return Error(
            ErrorCode::malformed, "expected an even number of hexadecimal digits, saw an odd number"
        );
    }
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const std::uint8_t high = hex_table[static_cast<unsigned char>(text[i])];
        const std::uint8_t low = hex_table[static_cast<unsigned char>(text[i + 1])];
        if (high == no_digit || low == no_digit) {
            return Error(
                ErrorCode::malformed,
                "expected lower-case hexadecimal digits, saw another character"
            );
        }
        bytes.push_back(static_cast<std::byte>(high << 4U | low));
    }
    return bytes;
}

std::string encode_base64(ByteSpan bytes) {
    std::string text = encode_sextets(bytes, standard_alphabet);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

Result<Bytes> decode_base64(std::string_view text) {
    std::string_view digits = text;
    while (!digits.empty() && digits.back() == '=' && text.size() - digits.size() < 2) {
        digits.remove_suffix(1);
    }
    if (text.size() % 4 == 0) {
        if (auto bytes = decode_sextets(digits, standard_table)) {
            return *std::move(bytes);
        }
    }
    return not_base64("padded base64");
}

std::string encode_base64url(ByteSpan bytes) {
    return encode_sextets(bytes, url_alphabet);
}

Result<Bytes> decode_base64url(std::string_view text) {
    if (auto bytes = decode_sextets(text, url_table)) {
        return *std::move(bytes);
    }
    return not_base64("unpadded base64url");
}

}  // namespace heliograph
