// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>

#include <array>
#include <string>

namespace heliograph {

namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

struct Parts {
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
};

Parts parts_of(Instant instant) {
    const auto day = floor<days>(instant);
    const year_month_day date(day);
    const hh_mm_ss<seconds> time(instant - day);
    return {
        static_cast<int>(date.year()),
        static_cast<int>(static_cast<unsigned>(date.month())),
        static_cast<int>(static_cast<unsigned>(date.day())),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())};
}

// Decimal, with zeros before it up to `width` digits.
std::string padded(int value, std::size_t width) {
    std::string text = std::to_string(value);
    text.insert(0, text.size() < width ? width - text.size() : 0, '0');
    return text;
}

std::string time_of_day(const Parts& p) {
    return padded(p.hour, 2) + ':' + padded(p.minute, 2) + ':' + padded(p.second, 2);
}

// Reads exactly `width` digits at `offset`, or gives -1, which no caller lets through.
int digits_at(std::string_view text, std::size_t offset, std::size_t width) {
    int value = 0;
    if (offset + width > text.size()) {
        return -1;
    }
    for (const char c : text.substr(offset, width)) {
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    return value;
}

Error not_a_time(std::string_view form) {
    return {
        ErrorCode::malformed,
        "expected a UTC time written as " + std::string(form) + ", saw something else"};
}

Result<Instant> instant_of(const Parts& parts, std::string_view form) {
    const year_month_day date{
        std::chrono::year(parts.year),
        std::chrono::month(static_cast<unsigned>(parts.month)),
        std::chrono::day(static_cast<unsigned>(parts.day))};
    const bool possible = parts.year >= 0 && parts.month >= 0 && parts.day >= 0 && date.ok() &&
                          parts.hour >= 0 && parts.hour < 24 && parts.minute >= 0 &&
                          parts.minute < 60 && parts.second >= 0 && parts.second < 60;
    if (!possible) {
        return not_a_time(form);
    }
    return Instant(sys_days(date)) + std::chrono::hours(parts.hour) +
           std::chrono::minutes(parts.minute) + seconds(parts.second);
}

}  // namespace

Instant SystemClock::now() const {
    return floor<seconds>(std::chrono::system_clock::now());
}

std::string format_rfc3339(Instant instant) {
    const Parts p = parts_of(instant);
    return padded(p.year, 4) + '-' + padded(p.month, 2) + '-' + padded(p.day, 2) + 'T' +
           time_of_day(p) + 'Z';
}

Result<Instant> parse_rfc3339(std::string_view text) {
    constexpr std::string_view form = "2026-01-02T03:04:05Z";
    constexpr std::size_t seconds_end = 19;
    const bool punctuated = text.size() >= form.size() && text.size() <= form.size() + 7 &&
                            text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
                            text[13] == ':' && text[16] == ':' && text.back() == 'Z';
    if (!punctuated) {
        return not_a_time(form);
    }
    const std::string_view fraction = text.substr(seconds_end, text.size() - seconds_end - 1);
    const bool fraction_fits =
        fraction.empty() || (fraction.size() > 1 && fraction[0] == '.' &&
                             digits_at(fraction, 1, fraction.size() - 1) >= 0);
    if (!fraction_fits) {
        return not_a_time(form);
    }
    return instant_of(
        {digits_at(text, 0, 4),
         digits_at(text, 5, 2),
         digits_at(text, 8, 2),
         digits_at(text, 11, 2),
         digits_at(text, 14, 2),
         digits_at(text, 17, 2)},
        form
    );
}

std::string format_http_date(Instant instant) {
    static constexpr std::array<const char*, 7> weekdays = {
        "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Parts p = parts_of(instant);
    const std::chrono::weekday weekday(floor<days>(instant));
    std::string text = weekdays[weekday.c_encoding()];
    text += ", " + padded(p.day, 2) + ' ' + months[static_cast<std::size_t>(p.month - 1)];
    text += ' ' + padded(p.year, 4) + ' ' + time_of_day(p) + " GMT";
    return text;
}

std::string format_last_modified(Instant instant) {
    const Parts p = parts_of(instant);
    return padded(p.year, 4) + padded(p.month, 2) + padded(p.day, 2) + 'T' + time_of_day(p);
}

Result<Instant> parse_last_modified(std::string_view text) {
    constexpr std::string_view form = "20260102T03:04:05";
    if (!text.empty() && text.back() == '\n') {
        text.remove_suffix(1);
    }
    if (text.size() != form.size()) {
        return parse_rfc3339(text);
    }
    if (text[8] != 'T' || text[11] != ':' || text[14] != ':') {
        return not_a_time(form);
    }
    return instant_of(
        {digits_at(text, 0, 4),
         digits_at(text, 4, 2),
         digits_at(text, 6, 2),
         digits_at(text, 9, 2),
         digits_at(text, 12, 2),
         digits_at(text, 15, 2)},
        form
    );
}

}  // namespace heliograph
