// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/time_field.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

bool is_digit_character(char c) {
    return c >= '0' && c <= '9';
}

std::size_t leading_digits(std::string_view text) {
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_digit_character);
    return static_cast<std::size_t>(end - text.begin());
}

// `Z`, `+hhmm`, `-hhmm`, or nothing, which is local time and read as UTC.
std::optional<std::chrono::minutes> time_zone(std::string_view text) {
    if (text.empty() || text == "Z") {
        return std::chrono::minutes(0);
    }
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') ||
        leading_digits(text.substr(1)) != 4) {
        return std::nullopt;
    }
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (hours > 23 || minutes > 59) {
        return std::nullopt;
    }
    const std::chrono::minutes offset(hours * 60 + minutes);
    return text[0] == '+' ? offset : -offset;
}

std::optional<Instant> time_in_any_form(const DerValue& value) {
    const std::string_view text = text_of(value.content);
    const bool is_short = value.tag == der_tag::utc_time;
    const std::size_t whole = is_short ? 12 : 14;
    const std::size_t count = leading_digits(text);
    // Minutes and seconds may be missing in the longer form, seconds in the shorter one.
    if (count > whole || count % 2 != 0 || count + (is_short ? 2 : 4) < whole) {
        return std::nullopt;
    }
    std::string_view rest = text.substr(count);
    if (!is_short && (rest.starts_with('.') || rest.starts_with(','))) {
        rest.remove_prefix(1);
        rest.remove_prefix(leading_digits(rest));
    }
    const auto offset = time_zone(rest);
    const std::string standard =
        std::string(text.substr(0, count)) + std::string(whole - count, '0') + "Z";
    const auto at = der_time({value.tag, bytes_of(standard), {}});
    return offset && at ? std::optional(*at - *offset) : std::nullopt;
}

}  // namespace

Result<TimeField> read_time(const DerValue& value, ReadingMode mode) {
    const auto at = der_time(value);
    if (at) {
        return TimeField{*at, value.tag, {}};
    }
    const bool is_time = value.tag == der_tag::utc_time || value.tag == der_tag::generalized_time;
    const auto any =
        mode == ReadingMode::for_lint && is_time ? time_in_any_form(value) : std::nullopt;
    if (!any) {
        return Error(at.error());
    }
    return TimeField{*any, value.tag, std::string(text_of(value.content))};
}

}  // namespace heliograph::pki
