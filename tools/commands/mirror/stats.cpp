// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bar_chart.hpp>
#include <mirror/statistics/statistics_files.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/terminal.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/stats_collect.hpp>
#include <verify/index/project_name.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct StatsChoice {
    std::shared_ptr<std::string> folder;
    std::string project;
    std::string first;
    std::string last;
    unsigned days = 30;
    bool local = false;
    std::string column = "project";
    std::size_t most = 20;
    std::string picture;
};

mirror::AccessColumn column_named(const std::string& word) {
    if (word == "agent") {
        return mirror::AccessColumn::agent;
    }
    return word == "file" ? mirror::AccessColumn::file : mirror::AccessColumn::project;
}

/// Which files are read.
struct StatsPlace {
    std::filesystem::path folder;
    mirror::DayRange range;
};

// A master's sums when there are any; else what this server gave out itself.
Result<StatsPlace> find_place(const StatsChoice& choice) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    const SystemClock clock;
    const auto yesterday = mirror::day_of(clock.now()) - std::chrono::days(1);
    StatsPlace place{
        .folder = folder.path() / mirror::summed_days_place,
        .range = {.first = yesterday, .last = yesterday}};
    std::error_code unknown;
    if (choice.local || folder.marker().role == mirror::MirrorRole::mirror ||
        !std::filesystem::exists(place.folder, unknown)) {
        place.folder = folder.path() / mirror::local_days_place;
    }
    if (!choice.last.empty()) {
        HG_TRY(place.range.last, mirror::parse_day(choice.last));
    }
    place.range.first = place.range.last - std::chrono::days(choice.days - 1);
    if (!choice.first.empty()) {
        HG_TRY(place.range.first, mirror::parse_day(choice.first));
    }
    return place;
}

Result<std::string> normalised(const std::string& name) {
    if (name.empty()) {
        return std::string();
    }
    HG_TRY(const auto project, verify::parse_project_name(name));
    return project.text();
}

JsonArray json_of_sums(const std::vector<mirror::AccessSum>& sums, const char* word) {
    JsonArray array;
    for (const auto& sum : sums) {
        array.push_back(JsonObject{{word, sum.name}, {"downloads", sum.count}});
    }
    return array;
}

void print_bars(Console& console, const std::vector<mirror::AccessSum>& sums) {
    for (const auto& line : mirror::render_bars(sums, terminal_width())) {
        console.print(line);
    }
}

void say_when_empty(Console& console, const std::vector<mirror::AccessSum>& sums) {
    if (sums.empty()) {
        console.say("no day that is over has statistics here yet");
    }
}

Result<ExitCode> show(const StatsChoice& choice, Console& console) {
    HG_TRY(const auto place, find_place(choice));
    HG_TRY(const auto project, normalised(choice.project));
    HG_TRY(
        const auto days, local_fault(mirror::accesses_by_day(place.folder, place.range, project))
    );
    std::uint64_t total = 0;
    for (const auto& day : days) {
        total = mirror::add_counts(total, day.count);
        console.print(day.name + "  " + std::to_string(day.count));
    }
    say_when_empty(console, days);
    if (!days.empty()) {
        console.print(
            counted(total, "download") + (project.empty() ? "" : " of " + project) + " on " +
            counted(days.size(), "day")
        );
    }
    console.present(JsonObject{
        {"project", project.empty() ? JsonValue() : JsonValue(project)},
        {"downloads", total},
        {"days", json_of_sums(days, "day")}});
    return ExitCode::done;
}

Result<ExitCode> top(const StatsChoice& choice, Console& console) {
    HG_TRY(const auto place, find_place(choice));
    HG_TRY(
        const auto sums,
        local_fault(mirror::top_accesses(
            place.folder, place.range, column_named(choice.column), choice.most
        ))
    );
    print_bars(console, sums);
    say_when_empty(console, sums);
    console.present(JsonObject{{"top", json_of_sums(sums, "name")}});
    return ExitCode::done;
}

Result<ExitCode> plot(const StatsChoice& choice, Console& console) {
    HG_TRY(const auto place, find_place(choice));
    HG_TRY(const auto project, normalised(choice.project));
    HG_TRY(
        const auto days, local_fault(mirror::accesses_by_day(place.folder, place.range, project))
    );
    if (!choice.picture.empty()) {
        const auto svg = mirror::render_svg(
            days, "Downloads a day" + (project.empty() ? std::string() : " of " + project)
        );
        HG_CHECK(write_file_atomically(choice.picture, bytes_of(svg)));
        console.say("wrote " + choice.picture + ": " + counted(days.size(), "day"));
    } else {
        print_bars(console, days);
    }
    say_when_empty(console, days);
    console.present(JsonObject{{"days", json_of_sums(days, "day")}});
    return ExitCode::done;
}

void add_range_options(CLI::App& verb, StatsChoice& choice) {
    const auto is_day = [](const std::string& text) {
        return mirror::parse_day(text) ? std::string()
                                       : std::string("expected a day as YYYY-MM-DD");
    };
    auto* const from = verb.add_option("--from", choice.first, "First day, in UTC")
                           ->type_name("DAY")
                           ->check(is_day);
    verb.add_option("--to", choice.last, "Last day [yesterday]")->type_name("DAY")->check(is_day);
    verb.add_option("--days", choice.days, "So many days up to the last one")
        ->check(CLI::Range(1U, 4000U))
        ->excludes(from)
        ->capture_default_str();
    verb.add_flag(
        "--local", choice.local, "What this server gave out, also on a master with sums of all"
    );
}

void add_project_option(CLI::App& verb, StatsChoice& choice) {
    verb.add_option("project", choice.project, "Of this project alone")
        ->type_name("PROJECT")
        ->check([](const std::string& text) {
            return verify::parse_project_name(text) ? std::string()
                                                    : std::string("expected the name of a project");
        });
}

}  // namespace

void add_stats(Program& program) {
    auto& group = program.add_verb(
        program.root(),
        {"stats",
         "Who fetched what: sums of all mirrors, tables, bars and pictures.",
         "mirror stats collect --dir master\n"
         "mirror stats top --dir master --by file"}
    );
    auto choice = std::make_shared<StatsChoice>();
    choice->folder = add_folder_option(group);
    add_stats_collect(program, group, choice->folder);
    auto& table = program.add_verb(
        group, {"show", "Show downloads by day.", "mirror stats show --dir master wheel --days 7"}
    );
    add_range_options(table, *choice);
    add_project_option(table, *choice);
    program.set_action(table, [choice](Console& console) { return show(*choice, console); });
    auto& ranking = program.add_verb(
        group,
        {"top", "Show what is fetched most.", "mirror stats top --dir master --by agent -n 5"}
    );
    add_range_options(ranking, *choice);
    ranking.add_option("--by", choice->column, "What is summed: project, file or agent")
        ->check(CLI::IsMember({"project", "file", "agent"}))
        ->type_name("WHAT")
        ->capture_default_str();
    ranking.add_option("-n,--most", choice->most, "So many lines")
        ->check(CLI::Range(1U, 100'000U))
        ->capture_default_str();
    program.set_action(ranking, [choice](Console& console) { return top(*choice, console); });
    auto& chart = program.add_verb(
        group,
        {"plot",
         "Draw downloads by day, as bars here or as a picture.",
         "mirror stats plot --dir master wheel -o wheel.svg"}
    );
    add_range_options(chart, *choice);
    add_project_option(chart, *choice);
    chart.add_option("-o,--output", choice->picture, "Write SVG there")->type_name("FILE");
    program.set_action(chart, [choice](Console& console) { return plot(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
