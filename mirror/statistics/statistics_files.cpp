// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bzip2_file.hpp>
#include <mirror/statistics/statistics_files.hpp>

#include <algorithm>
#include <system_error>
#include <unordered_map>
#include <utility>

namespace heliograph::mirror {

Result<std::vector<StatisticsDay>> days_in(
    const std::filesystem::path& folder, const DayRange& range
) {
    std::vector<StatisticsDay> found;
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator();
         entries.increment(failure)) {
        const auto name = entries->path().filename().string();
        const auto day = parse_day(std::string_view(name).substr(0, name.find('.')));
        if (day && name == day_file_name(*day) && range.first <= *day && *day <= range.last) {
            found.push_back(*day);
        }
    }
    if (failure && failure != std::errc::no_such_file_or_directory) {
        return system_error(failure.value(), "list " + folder.string());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Result<AccessTable> read_access_file(const std::filesystem::path& path) {
    HG_TRY(const auto packed, read_file(path, statistics_limits::packed_bytes));
    auto table = [&]() -> Result<AccessTable> {
        HG_TRY(const auto text, unpack_bzip2(packed, statistics_limits::text_bytes));
        return parse_access_table(text);
    }();
    if (!table) {
        return std::move(table).error().at(path.string());
    }
    return table;
}

Outcome visit_access_file(const std::filesystem::path& path, const AccessVisitor& visitor) {
    HG_TRY(const auto packed, read_file(path, statistics_limits::packed_bytes));
    auto visited = [&]() -> Outcome {
        HG_TRY(const auto text, unpack_bzip2(packed, statistics_limits::text_bytes));
        return for_each_access(text, visitor);
    }();
    return visited ? visited : Outcome(std::move(visited).error().at(path.string()));
}

Outcome for_each_day(
    const std::filesystem::path& folder, const DayRange& range, const DayVisitor& visitor
) {
    HG_TRY(const auto found, days_in(folder, range));
    for (const auto day : found) {
        HG_TRY(const auto table, read_access_file(folder / day_file_name(day)));
        HG_CHECK(visitor(day, table));
    }
    return {};
}

Result<std::vector<AccessSum>> top_accesses(
    const std::filesystem::path& folder,
    const DayRange& range,
    AccessColumn column,
    std::size_t most
) {
    std::unordered_map<std::string, std::uint64_t> sums;
    const auto name_in = [column](const AccessKey& key) -> const std::string& {
        switch (column) {
            case AccessColumn::project:
                return key.package;
            case AccessColumn::file:
                return key.filename;
            case AccessColumn::agent:
                break;
        }
        return key.agent;
    };
    HG_CHECK(for_each_day(folder, range, [&](StatisticsDay /*day*/, const AccessTable& table) {
        for (const auto& [key, count] : table) {
            auto& sum = sums[name_in(key)];
            sum = add_counts(sum, count);
        }
        return Outcome();
    }));
    std::vector<AccessSum> top;
    top.reserve(sums.size());
    for (auto& [name, count] : sums) {
        top.push_back({.name = name, .count = count});
    }
    std::sort(top.begin(), top.end(), [](const AccessSum& left, const AccessSum& right) {
        return left.count != right.count ? left.count > right.count : left.name < right.name;
    });
    top.resize(std::min(most, top.size()));
    return top;
}

Result<std::vector<AccessSum>> accesses_by_day(
    const std::filesystem::path& folder, const DayRange& range, const std::string& project
) {
    std::vector<AccessSum> sums;
    HG_CHECK(for_each_day(folder, range, [&](StatisticsDay day, const AccessTable& table) {
        AccessSum sum{.name = format_day(day), .count = 0};
        for (const auto& [key, count] : table) {
            if (project.empty() || key.package == project) {
                sum.count = add_counts(sum.count, count);
            }
        }
        sums.push_back(std::move(sum));
        return Outcome();
    }));
    return sums;
}

}  // namespace heliograph::mirror
