// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/der_literal.hpp>
#include <pki/x509/der_writer.hpp>

#include <array>
#include <string>

namespace heliograph::pki {

namespace {

constexpr std::size_t short_length_limit = 0x80;

std::size_t octets_in(std::size_t size) {
    std::size_t count = 0;
    for (; size != 0; size >>= 8U) {
        ++count;
    }
    return count;
}

void append_two_digits(std::string& text, unsigned value) {
    text += static_cast<char>('0' + value / 10 % 10);
    text += static_cast<char>('0' + value % 10);
}

enum class YearForm { two_digits, four_digits };

std::string time_text(Instant instant, YearForm form) {
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(instant - day);
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    std::string text;
    if (form == YearForm::four_digits) {
        append_two_digits(text, year / 100);
    }
    append_two_digits(text, year);
    append_two_digits(text, static_cast<unsigned>(date.month()));
    append_two_digits(text, static_cast<unsigned>(date.day()));
    append_two_digits(text, static_cast<unsigned>(clock.hours().count()));
    append_two_digits(text, static_cast<unsigned>(clock.minutes().count()));
    append_two_digits(text, static_cast<unsigned>(clock.seconds().count()));
    return text += 'Z';
}

constexpr auto utc_time_tag = static_cast<DerTag>(0x17);
constexpr auto generalized_time_tag = static_cast<DerTag>(0x18);

}  // namespace

void DerWriter::length(std::size_t size) {
    if (size < short_length_limit) {
        push(static_cast<std::uint8_t>(size));
        return;
    }
    const std::size_t count = octets_in(size);
    push(static_cast<std::uint8_t>(short_length_limit | count));
    for (std::size_t i = count; i-- > 0;) {
        push(static_cast<std::uint8_t>(size >> (8 * i)));
    }
}

void DerWriter::element(DerTag tag, ByteSpan content) {
    push(static_cast<std::uint8_t>(tag));
    length(content.size());
    raw(content);
}

void DerWriter::unsigned_integer(ByteSpan magnitude) {
    while (magnitude.size() > 1 && magnitude.front() == std::byte{0}) {
        magnitude = magnitude.subspan(1);
    }
    // The top bit of the first octet is the sign (X.690, section 8.3.3).
    const bool padded = magnitude.empty() || (magnitude.front() & std::byte{0x80}) != std::byte{0};
    push(static_cast<std::uint8_t>(DerTag::integer));
    length(magnitude.size() + (padded ? 1 : 0));
    if (padded) {
        push(0);
    }
    raw(magnitude);
}

void DerWriter::small_integer(std::uint8_t value) {
    const std::byte octet{value};
    unsigned_integer({&octet, 1});
}

void DerWriter::boolean_true() {
    constexpr auto yes = der_hex<"ff">();
    element(DerTag::boolean, yes);
}

void DerWriter::bits(ByteSpan octets) {
    push(static_cast<std::uint8_t>(DerTag::bit_string));
    length(octets.size() + 1);
    push(0);
    raw(octets);
}

void DerWriter::time(Instant instant) {
    const auto first_long = std::chrono::sys_days(std::chrono::January / 1 / 2050);
    if (instant < first_long) {
        element(utc_time_tag, time_text(instant, YearForm::two_digits));
    } else {
        generalized_time(instant);
    }
}

void DerWriter::generalized_time(Instant instant) {
    element(generalized_time_tag, time_text(instant, YearForm::four_digits));
}

std::size_t DerWriter::open(DerTag tag) {
    push(static_cast<std::uint8_t>(tag));
    push(0);
    return m_bytes.size();
}

void DerWriter::close(std::size_t start) {
    const std::size_t size = m_bytes.size() - start;
    if (size < short_length_limit) {
        m_bytes[start - 1] = static_cast<std::byte>(size);
        return;
    }
    const std::size_t count = octets_in(size);
    m_bytes[start - 1] = static_cast<std::byte>(short_length_limit | count);
    std::array<std::byte, sizeof(std::size_t)> octets{};
    for (std::size_t i = 0; i < count; ++i) {
        octets[i] = static_cast<std::byte>(size >> (8 * (count - 1 - i)));
    }
    m_bytes.insert(
        m_bytes.begin() + static_cast<std::ptrdiff_t>(start),
        octets.begin(),
        octets.begin() + static_cast<std::ptrdiff_t>(count)
    );
}

}  // namespace heliograph::pki
