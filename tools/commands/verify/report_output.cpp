// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/verify/index_view.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

JsonValue json_of_item(const verify::CheckedItem& item) {
    return JsonObject{
        {"name", item.name},
        {"place", item.place},
        {"verified", item.accepted()},
        {"exit_code", static_cast<std::int64_t>(exit_code_of(item))},
        {"error", item.error ? json_of(*item.error) : JsonValue()},
        {"findings", json_of_findings(item.verdict)},
        {"checks", json_of_checks(item.verdict)}};
}

void tell_item(Console& console, const verify::CheckedItem& item) {
    const std::string place =
        item.name + (item.place.empty() ? std::string() : " (" + visible(item.place) + ")");
    report_findings(console, item.verdict);
    if (item.error) {
        console.fail(place + ": " + item.error->describe());
    }
    if (item.accepted()) {
        console.say("verified " + place);
    } else if (!item.error && !item.verdict.worst_cause()) {
        console.fail(place + ": expected at least one check, saw none");
    }
}

}  // namespace

ExitCode exit_code_of(const verify::CheckedItem& item) {
    if (item.accepted()) {
        return ExitCode::done;
    }
    const auto cause = item.verdict.worst_cause();
    ExitCode code = cause ? tools::exit_code_of(*cause) : ExitCode::done;
    if (item.error) {
        code = worse(code, tools::exit_code_of(*item.error));
    }
    return code == ExitCode::done ? ExitCode::evidence_missing : code;
}

ExitCode exit_code_of(const verify::CheckReport& report) {
    if (report.items.empty()) {
        return ExitCode::not_found;
    }
    ExitCode code = ExitCode::done;
    for (const auto& item : report.items) {
        code = worse(code, exit_code_of(item));
    }
    return code;
}

JsonArray json_of_items(const verify::CheckReport& report) {
    JsonArray results;
    for (const auto& item : report.items) {
        results.push_back(json_of_item(item));
    }
    return results;
}

Result<ExitCode> conclude_report(
    Console& console, const verify::CheckReport& report, std::string_view noun, JsonArray results
) {
    for (const auto& item : report.items) {
        tell_item(console, item);
    }
    if (report.items.empty()) {
        console.fail("expected something to check, saw nothing");
    }
    console.say(
        "verified " + std::to_string(report.accepted()) + " of " +
        counted(report.items.size(), noun)
    );
    console.present(JsonObject{
        {"verified", report.accepted()},
        {"total", report.items.size()},
        {"exit_code", static_cast<std::int64_t>(exit_code_of(report))},
        {"results", std::move(results)}});
    return exit_code_of(report);
}

Result<ExitCode> conclude_report(Console& console, const verify::CheckReport& report) {
    return conclude_report(console, report, "item", json_of_items(report));
}

}  // namespace heliograph::tools::verify_commands
