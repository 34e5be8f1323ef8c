// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/retry.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <thread>

namespace heliograph::mirror {

namespace {

constexpr double step_ms = 200;
constexpr unsigned doublings = 6;
constexpr double longest_ms = 10'000;
constexpr unsigned tenths_a_try = 10;
constexpr unsigned most_tenths = 200;
constexpr std::int64_t longest_seconds = 86'400;

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that senders may write.
std::optional<Instant> parse_http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    const auto day = number_in(text.substr(5, 2));
    const auto year = number_in(text.substr(12, 4));
    const auto hour = number_in(text.substr(17, 2));
    const auto minute = number_in(text.substr(20, 2));
    const auto second = number_in(text.substr(23, 2));
    if (month == months.end() || !day || !year || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(std::max(*day, 0)))
    );
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    return Instant(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

void wait_for_real(std::chrono::milliseconds length) {
    std::this_thread::sleep_for(length);
}

std::chrono::milliseconds wait_before_round(unsigned round, Dice& dice) {
    if (round == 0) {
        return std::chrono::milliseconds(0);
    }
    const double most = std::min(longest_ms, step_ms * (1U << std::min(round, doublings)));
    return std::chrono::milliseconds(static_cast<std::int64_t>(dice.share() * most));
}

RetryBudget::Answer RetryBudget::take() {
    if (m_tenths < tenths_a_try) {
        return Answer::spent;
    }
    m_tenths -= tenths_a_try;
    return Answer::granted;
}

void RetryBudget::earn() {
    m_tenths = std::min(m_tenths + 1, most_tenths);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Instant now) {
    value = trim_blanks(value);
    if (!value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
        std::int64_t number = longest_seconds;
        const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
        const bool fits = parsed.ec == std::errc();
        return std::chrono::seconds(fits ? std::min(number, longest_seconds) : longest_seconds);
    }
    const auto date = parse_http_date(value);
    if (!date) {
        return std::nullopt;
    }
    return std::clamp(*date - now, std::chrono::seconds(0), std::chrono::seconds(longest_seconds));
}

std::optional<std::chrono::seconds> rest_asked_for(const HeaderList& headers) {
    const auto asked = headers.find("Retry-After");
    if (!asked) {
        return std::nullopt;
    }
    const auto sent = headers.find("Date");
    const auto date = sent ? parse_http_date(trim_blanks(*sent)) : std::nullopt;
    const bool is_date = asked->find(',') != std::string_view::npos;
    if (is_date && !date) {
        return std::nullopt;
    }
    return parse_retry_after(*asked, date.value_or(Instant()));
}

}  // namespace heliograph::mirror
