// SPDX-License-Identifier: Apache-2.0
// Days in UTC, and where their files lie. PEP 381, "Statistics page".
#pragma once

#include <pki/base/clock.hpp>

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace heliograph::mirror {

using StatisticsDay = std::chrono::sys_days;

[[nodiscard]] inline StatisticsDay day_of(Instant instant) {
    return std::chrono::floor<std::chrono::days>(instant);
}

/// `2026-01-02`. @thread Safe.
[[nodiscard]] std::string format_day(StatisticsDay day);

/// @errors malformed (another form, no such date). @thread Safe.
[[nodiscard]] Result<StatisticsDay> parse_day(std::string_view text);

/// Below the folder of a master or mirror.
inline constexpr std::string_view local_days_place = "local-stats/days";

/// `YYYY-MM-DD.bz2`. @thread Safe.
[[nodiscard]] std::string day_file_name(StatisticsDay day);

}  // namespace heliograph::mirror
