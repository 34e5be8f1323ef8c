// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/der_reader.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

Error not_der(std::string_view what) {
    return {ErrorCode::malformed, "expected DER of " + std::string(what) + ", saw other bytes"};
}

unsigned octet(std::byte value) {
    return std::to_integer<unsigned>(value);
}

struct DerLength {
    std::size_t header = 0;
    std::size_t content = 0;
};

// Definite and minimal, at most four octets.
std::optional<DerLength> length_at(ByteSpan bytes) {
    if (bytes.size() < 2 || (octet(bytes[0]) & 0x1fU) == 0x1fU) {
        return std::nullopt;
    }
    const unsigned first = octet(bytes[1]);
    if (first < 0x80U) {
        return DerLength{2, first};
    }
    const std::size_t count = first & 0x7fU;
    if (count == 0 || count > 4 || bytes.size() < 2 + count || octet(bytes[2]) == 0) {
        return std::nullopt;
    }
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        size = (size << 8U) | octet(bytes[2 + i]);
    }
    return size < 0x80U ? std::nullopt : std::optional(DerLength{2 + count, size});
}

std::optional<unsigned> two_digits(std::string_view text, std::size_t at) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!is_digit(text[at]) || !is_digit(text[at + 1])) {
        return std::nullopt;
    }
    return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
}

void append_utf8(std::string& text, std::uint32_t point) {
    const auto add = [&text](std::uint32_t value) { text.push_back(static_cast<char>(value)); };
    if (point < 0x80U) {
        add(point);
    } else if (point < 0x800U) {
        add(0xc0U | (point >> 6U));
        add(0x80U | (point & 0x3fU));
    } else if (point < 0x10000U) {
        add(0xe0U | (point >> 12U));
        add(0x80U | ((point >> 6U) & 0x3fU));
        add(0x80U | (point & 0x3fU));
    } else {
        add(0xf0U | (point >> 18U));
        add(0x80U | ((point >> 12U) & 0x3fU));
        add(0x80U | ((point >> 6U) & 0x3fU));
        add(0x80U | (point & 0x3fU));
    }
}

bool is_scalar(std::uint32_t point) {
    return point <= 0x10ffffU && (point < 0xd800U || point > 0xdfffU);
}

// Shortest forms of scalar values only (RFC 3629, section 3).
bool is_utf8(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t more = first < 0x80U ? 0U : first < 0xe0U ? 1U : first < 0xf0U ? 2U : 3U;
        constexpr std::array<std::uint32_t, 4> smallest{0, 0x80U, 0x800U, 0x10000U};
        if ((first >= 0x80U && first < 0xc2U) || first > 0xf4U || at + more >= text.size()) {
            return false;
        }
        std::uint32_t point = more == 0 ? first : first & (0x3fU >> more);
        for (std::size_t i = 1; i <= more; ++i) {
            const auto next = static_cast<unsigned char>(text[at + i]);
            if ((next & 0xc0U) != 0x80U) {
                return false;
            }
            point = (point << 6U) | (next & 0x3fU);
        }
        if (point < smallest[more] || !is_scalar(point)) {
            return false;
        }
        at += more + 1;
    }
    return true;
}

bool is_printable_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(" '()+,-./:=?").find(c) != std::string_view::npos;
}

Result<std::string> wide_text(ByteSpan content, std::size_t width) {
    if (content.size() % width != 0) {
        return not_der("a character string");
    }
    std::string text;
    for (std::size_t at = 0; at < content.size(); at += width) {
        std::uint32_t point = 0;
        for (std::size_t i = 0; i < width; ++i) {
            point = (point << 8U) | octet(content[at + i]);
        }
        if (!is_scalar(point)) {
            return not_der("a character string");
        }
        append_utf8(text, point);
    }
    return text;
}

}  // namespace

bool DerReader::next_is(std::uint8_t tag) const {
    return !m_rest.empty() && octet(m_rest[0]) == tag;
}

Result<DerValue> DerReader::next() {
    const auto length = length_at(m_rest);
    if (!length || m_rest.size() - length->header < length->content) {
        return not_der("a value");
    }
    const DerValue value{
        static_cast<std::uint8_t>(octet(m_rest[0])),
        m_rest.subspan(length->header, length->content),
        m_rest.first(length->header + length->content)};
    m_rest = m_rest.subspan(value.whole.size());
    return value;
}

Result<DerValue> DerReader::expect(std::uint8_t tag, std::string_view what) {
    if (!next_is(tag)) {
        return not_der(what);
    }
    return next();
}

Result<std::optional<DerValue>> DerReader::optional(std::uint8_t tag) {
    if (!next_is(tag)) {
        return std::optional<DerValue>();
    }
    HG_TRY(DerValue value, next());
    return std::optional<DerValue>(value);
}

Outcome DerReader::finish(std::string_view what) const {
    if (!at_end()) {
        return not_der(what);
    }
    return {};
}

Result<DerValue> read_der(ByteSpan bytes, std::uint8_t tag, std::string_view what) {
    DerReader reader(bytes);
    HG_TRY(DerValue value, reader.expect(tag, what));
    HG_CHECK(reader.finish(what));
    return value;
}

Result<bool> der_boolean(const DerValue& value) {
    if (value.content.size() != 1 ||
        (octet(value.content[0]) != 0 && octet(value.content[0]) != 0xffU)) {
        return not_der("a boolean");
    }
    return octet(value.content[0]) != 0;
}

Result<ByteSpan> der_integer(const DerValue& value) {
    const ByteSpan content = value.content;
    const bool padded =
        content.size() > 1 && ((octet(content[0]) == 0 && octet(content[1]) < 0x80U) ||
                               (octet(content[0]) == 0xffU && octet(content[1]) >= 0x80U));
    if (content.empty() || padded) {
        return not_der("an integer");
    }
    return content;
}

Result<std::uint32_t> der_small_number(const DerValue& value) {
    HG_TRY(const ByteSpan content, der_integer(value));
    if (octet(content[0]) >= 0x80U || content.size() > 4) {
        return not_der("a small number that is not negative");
    }
    std::uint32_t number = 0;
    for (const std::byte part : content) {
        number = (number << 8U) | octet(part);
    }
    return number;
}

Result<std::string> der_object_id(const DerValue& value) {
    constexpr std::size_t longest = 64;
    if (value.content.empty() || value.content.size() > longest ||
        octet(value.content.back()) >= 0x80U) {
        return not_der("an object identifier");
    }
    std::string text;
    std::uint64_t arc = 0;
    bool begins = true;
    for (const std::byte part : value.content) {
        if ((begins && octet(part) == 0x80U) || arc > (UINT64_MAX >> 8U)) {
            return not_der("an object identifier");
        }
        arc = (arc << 7U) | (octet(part) & 0x7fU);
        begins = octet(part) < 0x80U;
        if (!begins) {
            continue;
        }
        if (text.empty()) {
            const std::uint64_t root = arc < 40 ? 0U : arc < 80 ? 1U : 2U;
            text = std::to_string(root) + "." + std::to_string(arc - root * 40);
        } else {
            text += "." + std::to_string(arc);
        }
        arc = 0;
    }
    return text;
}

bool DerBits::has(unsigned bit) const {
    return bit / 8 < bytes.size() && (octet(bytes[bit / 8]) & (0x80U >> (bit % 8))) != 0;
}

Result<DerBits> der_bits(const DerValue& value) {
    if (value.content.empty()) {
        return not_der("a bit string");
    }
    const DerBits bits{value.content.subspan(1), octet(value.content[0])};
    const unsigned mask = (1U << (bits.unused & 7U)) - 1U;
    if (bits.unused > 7 || (bits.bytes.empty() && bits.unused != 0) ||
        (!bits.bytes.empty() && (octet(bits.bytes.back()) & mask) != 0)) {
        return not_der("a bit string");
    }
    return bits;
}

Result<ByteSpan> der_bit_octets(const DerValue& value, std::string_view what) {
    HG_TRY(const DerBits bits, der_bits(value));
    if (bits.unused != 0) {
        return Error(
            ErrorCode::malformed,
            "expected " + std::string(what) + " of whole octets, saw one with " +
                std::to_string(bits.unused) + " unused bits"
        );
    }
    return bits.bytes;
}

Result<DerBits> der_named_bits(const DerValue& value) {
    HG_TRY(const DerBits bits, der_bits(value));
    if (!bits.bytes.empty() && (octet(bits.bytes.back()) & (1U << bits.unused)) == 0) {
        return not_der("a list of named bits without zeros at its end");
    }
    return bits;
}

Result<Instant> der_time(const DerValue& value) {
    namespace chrono = std::chrono;
    const std::string_view text = text_of(value.content);
    const bool is_short = value.tag == der_tag::utc_time;
    const std::size_t year_digits = is_short ? 2 : 4;
    if ((!is_short && value.tag != der_tag::generalized_time) || text.size() != year_digits + 11 ||
        text.back() != 'Z') {
        return not_der("a time with seconds in UTC");
    }
    std::array<unsigned, 7> parts{};
    for (std::size_t i = is_short ? 1 : 0; i < parts.size(); ++i) {
        const auto part = two_digits(text, 2 * i - (is_short ? 2U : 0U));
        if (!part) {
            return not_der("a time with seconds in UTC");
        }
        parts[i] = *part;
    }
    if (is_short) {
        parts[0] = parts[1] >= 50 ? 19 : 20;
    }
    const chrono::year_month_day day(
        chrono::year(static_cast<int>(parts[0] * 100 + parts[1])),
        chrono::month(parts[2]),
        chrono::day(parts[3])
    );
    if (!day.ok() || parts[4] > 23 || parts[5] > 59 || parts[6] > 59) {
        return not_der("a time of the calendar");
    }
    return Instant(
        chrono::sys_days(day) + chrono::hours(parts[4]) + chrono::minutes(parts[5]) +
        chrono::seconds(parts[6])
    );
}

Result<std::string> der_text(const DerValue& value) {
    const std::string text(text_of(value.content));
    const auto all = [&text](auto&& is_good) {
        return std::all_of(text.begin(), text.end(), is_good);
    };
    switch (value.tag) {
        case der_tag::utf8_string:
            return is_utf8(text) ? Result<std::string>(text) : not_der("UTF-8 text");
        case der_tag::printable_string:
            return all(is_printable_character) ? Result<std::string>(text)
                                               : not_der("a printable string");
        case der_tag::numeric_string:
            return all([](char c) { return c == ' ' || (c >= '0' && c <= '9'); })
                       ? Result<std::string>(text)
                       : not_der("a numeric string");
        case der_tag::ia5_string:
            return all([](char c) { return static_cast<unsigned char>(c) < 0x80U; })
                       ? Result<std::string>(text)
                       : not_der("an ASCII string");
        case der_tag::teletex_string:  // As deployed: Latin-1.
            return wide_text(value.content, 1);
        case der_tag::bmp_string:
            return wide_text(value.content, 2);
        case der_tag::universal_string:
            return wide_text(value.content, 4);
        default:
            return not_der("a character string");
    }
}

}  // namespace heliograph::pki
