// SPDX-License-Identifier: Apache-2.0
// The statistics files in the folder of a master or mirror, read day by day.
#pragma once

#include <mirror/statistics/access_row.hpp>
#include <mirror/statistics/statistics_day.hpp>

#include <filesystem>
#include <functional>
#include <vector>

namespace heliograph::mirror {

/// Below the folder of a master: sums of all mirrors.
inline constexpr std::string_view summed_days_place = "stats/days";
inline constexpr std::string_view summed_months_place = "stats/months";

/// From the first to the last day, both of them in it.
struct DayRange {
    StatisticsDay first;
    StatisticsDay last;
};

/// The days in a range that have a file there, ascending. A folder that is not there has none.
/// @errors io, denied. @cost Reads the folder.
[[nodiscard]] Result<std::vector<StatisticsDay>> days_in(
    const std::filesystem::path& folder, const DayRange& range
);

/// One file. @errors not_found, malformed, too_large, denied, io. @cost Unpacks it.
[[nodiscard]] Result<AccessTable> read_access_file(const std::filesystem::path& path);

/// The same row by row, without a table. @errors As above, and those of @p visitor.
[[nodiscard]] Outcome visit_access_file(
    const std::filesystem::path& path, const AccessVisitor& visitor
);

/// Told of each day with its table, ascending; its failure ends the reading.
using DayVisitor = std::function<Outcome(StatisticsDay, const AccessTable&)>;

/// @errors As above. @cost One table in memory at a time.
Outcome for_each_day(
    const std::filesystem::path& folder, const DayRange& range, const DayVisitor& visitor
);

/// By what downloads are summed.
enum class AccessColumn { project, file, agent };

/// Sums by one column, largest first, equal ones by name.
struct AccessSum {
    std::string name;
    std::uint64_t count = 0;

    friend bool operator==(const AccessSum&, const AccessSum&) = default;
};

/// @param most  How many are given. @errors, @cost As for_each_day().
[[nodiscard]] Result<std::vector<AccessSum>> top_accesses(
    const std::filesystem::path& folder,
    const DayRange& range,
    AccessColumn column,
    std::size_t most
);

/// All downloads of each day that has a file, of one project or (empty) of all.
/// @errors, @cost As for_each_day().
[[nodiscard]] Result<std::vector<AccessSum>> accesses_by_day(
    const std::filesystem::path& folder, const DayRange& range, const std::string& project
);

}  // namespace heliograph::mirror
