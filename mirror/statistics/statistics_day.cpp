// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/statistics_day.hpp>
#include <verify/verdict/finding.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::size_t day_letters = 10;  // YYYY-MM-DD, with which RFC 3339 begins.

}  // namespace

std::string format_day(StatisticsDay day) {
    return format_rfc3339(Instant(day)).substr(0, day_letters);
}

Result<StatisticsDay> parse_day(std::string_view text) {
    if (text.size() == day_letters) {
        const auto instant = parse_rfc3339(std::string(text) + "T00:00:00Z");
        if (instant) {
            return day_of(*instant);
        }
    }
    return Error(
        ErrorCode::malformed, "expected a day as YYYY-MM-DD, saw '" + verify::printable(text) + "'"
    );
}

std::string day_file_name(StatisticsDay day) {
    return format_day(day) + ".bz2";
}

}  // namespace heliograph::mirror
