// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/sync_report.hpp>

#include <algorithm>

namespace heliograph::tools::mirror_commands {

namespace {

using Kind = mirror::ProjectOutcome::Kind;

void report_project(Console& console, const mirror::ProjectOutcome& outcome) {
    const std::string name = outcome.project.text();
    switch (outcome.kind) {
        case Kind::stored:
            console.say(
                "stored " + name + " at serial " + std::to_string(outcome.serial.value) + ": " +
                counted(outcome.files, "download") + ", " + format_size(outcome.bytes)
            );
            break;
        case Kind::removed:
            console.say("removed " + name + ", as upstream did");
            break;
        case Kind::refused:
            for (const auto& finding : outcome.verdict.findings()) {
                console.report(finding);
            }
            console.fail("refused " + name + ", kept what was here: " + outcome.reason);
            break;
        case Kind::gone:
            console.fail(
                "the upstream has no page of " + name +
                " and its journal says no removal, kept what was here: " + outcome.reason
            );
            break;
        case Kind::failed:
            console.fail("could not take in " + name + ", it is tried again: " + outcome.reason);
            break;
        case Kind::unchanged:
            break;
    }
}

JsonValue json_of_project(const mirror::ProjectOutcome& outcome) {
    return JsonObject{
        {"project", outcome.project.text()},
        {"outcome", mirror::project_outcome_name(outcome.kind)},
        {"serial", outcome.serial.value},
        {"files", outcome.files},
        {"bytes", outcome.bytes},
        {"reason", outcome.reason},
        {"findings", json_of_verdict(outcome.verdict)}};
}

// False evidence decides before everything else; a project that could not be had is a matter of
// the network unless its error says otherwise.
ExitCode exit_code_of_report(const mirror::SyncReport& report) {
    if (!report.upstream.accepted()) {
        return exit_code_of(report.upstream);
    }
    ExitCode code = report.pending > 0 ? ExitCode::network : ExitCode::done;
    for (const auto& project : report.projects) {
        if (project.kind == Kind::refused) {
            code = std::min(code, exit_code_of(project.verdict));
        }
        if (project.kind == Kind::failed && project.failure) {
            code = std::min(code, exit_code_of(*project.failure));
        }
    }
    return code;
}

// Null: there is none, or nothing changed.
JsonValue json_of_closure(const mirror::SyncReport& report) {
    if (!report.closure) {
        return {};
    }
    return JsonObject{
        {"needed", report.closure->needed},
        {"absent", report.closure->absent},
        {"silent_files", report.closure->silent_files}};
}

}  // namespace

JsonValue json_of_verdict(const verify::Verdict& verdict) {
    JsonArray findings;
    for (const auto& finding : verdict.findings()) {
        findings.push_back(json_of(finding));
    }
    return findings;
}

void report_run(Console& console, const mirror::SyncReport& report) {
    for (const auto& finding : report.upstream.findings()) {
        console.report(finding);
    }
    for (const auto& project : report.projects) {
        report_project(console, project);
    }
    const std::string serial = std::to_string(report.to.value);
    if (report.stored > mirror::SyncReport::most_stored) {
        console.say(
            "stored " + counted(report.stored, "project") + " in all, the first " +
            std::to_string(mirror::SyncReport::most_stored) + " are named above"
        );
    }
    if (report.withdrawals > 0) {
        console.say(
            "followed " + counted(report.withdrawals, "withdrawal") + ", the slowest " +
            std::to_string(report.withdrawal_lag.count()) + " s after upstream"
        );
    }
    if (report.closure) {
        const auto& closure = *report.closure;
        console.say(
            "the wanted projects need " + counted(closure.needed, "other") +
            ", of which the upstream has not " + std::to_string(closure.absent) + "; " +
            counted(closure.silent_files, "file") + " without metadata may need more"
        );
    }
    if (report.complete()) {
        console.say(
            "complete at serial " + serial + ", " + counted(report.looked_at, "project") +
            " looked at, " + counted(report.files, "download") + ", " + format_size(report.bytes)
        );
    } else if (!report.upstream.accepted()) {
        console.fail("the upstream is not to be trusted: nothing was taken from it");
    } else {
        console.fail(
            "at serial " + serial + ", " + counted(report.pending, "project") +
            " parked; mirror status tells which and why, mirror sync --retry tries them at once"
        );
    }
}

ExitCode present_run(Console& console, const mirror::SyncReport& report) {
    report_run(console, report);
    const ExitCode code = exit_code_of_report(report);
    JsonArray projects;
    for (const auto& project : report.projects) {
        projects.push_back(json_of_project(project));
    }
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"complete", report.complete()},
        {"from_serial", report.from.value},
        {"to_serial", report.to.value},
        {"looked_at", report.looked_at},
        {"stored", report.stored},
        {"files", report.files},
        {"bytes", report.bytes},
        {"pending", report.pending},
        {"withdrawals", report.withdrawals},
        {"withdrawal_lag_seconds", report.withdrawal_lag.count()},
        {"closure", json_of_closure(report)},
        {"findings", json_of_verdict(report.upstream)},
        {"projects", std::move(projects)}});
    return code;
}

}  // namespace heliograph::tools::mirror_commands
