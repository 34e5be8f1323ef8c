// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/report.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

void report_failure(
    Console& console, const mirror::MirrorFailure& failure, verify::Severity severity
) {
    const auto tell = [&](const std::string& sentence) {
        if (severity == verify::Severity::error) {
            console.fail(sentence);
        } else {
            console.warn(sentence);
        }
    };
    if (failure.error) {
        tell("mirror " + failure.mirror + ": " + failure.error->describe());
    }
    for (const auto& finding : failure.findings) {
        if (finding.severity == verify::Severity::error) {
            // The sentence names the mirror itself, as the source.
            tell(finding.sentence());
        }
    }
    if (failure.event == mirror::MirrorEvent::corrupt ||
        failure.event == mirror::MirrorEvent::hostile) {
        if (!failure.evidence.empty()) {
            tell("mirror " + failure.mirror + " is banned for this; proof: " + failure.evidence);
        }
    }
}

namespace {

using Placement = mirror::FetchedFile::Placement;

std::string_view placement_name(Placement placement) {
    switch (placement) {
        case Placement::placed:
            return "placed";
        case Placement::replaced:
            return "replaced";
        case Placement::already_there:
            return "already-there";
    }
    return "placed";
}

std::string story_of(const mirror::FetchedFile& fetched) {
    const std::string what = fetched.path.string() + " (" + format_size(fetched.size_bytes) + ")";
    if (fetched.placement == Placement::already_there) {
        return "already here: " + what + " from " + fetched.mirror;
    }
    if (fetched.origin == mirror::FetchedFile::Origin::cache) {
        return "taken from the cache: " + what + ", as the page of " + fetched.mirror + " promises";
    }
    return "fetched " + what + " from " + fetched.mirror;
}

JsonValue json_of_failure(const mirror::MirrorFailure& failure) {
    JsonArray findings;
    for (const auto& finding : failure.findings) {
        findings.push_back(json_of(finding));
    }
    return JsonObject{
        {"mirror", failure.mirror},
        {"error", failure.error ? json_of(*failure.error) : JsonValue()},
        {"findings", std::move(findings)},
        {"evidence", failure.evidence.empty() ? JsonValue() : JsonValue(failure.evidence)}};
}

JsonValue json_of_file(const mirror::FetchedFile& fetched) {
    JsonArray checks;
    for (const auto& check : fetched.checks) {
        checks.emplace_back(check);
    }
    JsonArray warnings;
    for (const auto& warning : fetched.warnings) {
        warnings.push_back(json_of(warning));
    }
    return JsonObject{
        {"filename", fetched.file.name.text()},
        {"path", fetched.path.string()},
        {"project", fetched.file.name.project().text()},
        {"version", fetched.file.name.version().text()},
        {"sha256", fetched.file.sha256.to_hex()},
        {"size", fetched.size_bytes},
        {"mirror", fetched.mirror},
        {"serial", fetched.serial.value},
        {"placement", placement_name(fetched.placement)},
        {"origin", fetched.origin == mirror::FetchedFile::Origin::cache ? "cache" : "mirror"},
        {"checks", std::move(checks)},
        {"warnings", std::move(warnings)}};
}

// The exit codes of everything that went wrong on one mirror.
std::vector<ExitCode> codes_of(const mirror::MirrorFailure& failure) {
    std::vector<ExitCode> codes;
    if (failure.error) {
        codes.push_back(exit_code_of(*failure.error));
    }
    // That a filter leaves a file out does not say that there is none.
    if (claims_to_leave_out(failure)) {
        codes.push_back(ExitCode::network);
        return codes;
    }
    for (const auto& finding : failure.findings) {
        if (finding.severity == verify::Severity::error) {
            codes.push_back(exit_code_of(finding.cause));
        }
    }
    return codes;
}

// The same lie from all of several mirrors is likelier told on the way.
bool blames_everybody(const mirror::FetchOutcome& outcome) {
    const auto& failures = outcome.failures;
    const auto id_of = [](const mirror::MirrorFailure& failure) {
        return failure.findings.empty() ? std::string() : failure.findings.front().id;
    };
    return failures.size() > 1 &&
           std::all_of(failures.begin(), failures.end(), [&](const auto& failure) {
               return has_false_evidence(failure) && id_of(failure) == id_of(failures.front());
           });
}

void report_outcome(
    Console& console, const mirror::Requirement& requirement, const mirror::FetchOutcome& outcome
) {
    // With a file at the end, what other mirrors did has cost nothing but the detour.
    const auto severity = outcome.file ? verify::Severity::warning : verify::Severity::error;
    for (const auto& failure : outcome.failures) {
        report_failure(console, failure, severity);
    }
    if (!outcome.file) {
        if (blames_everybody(outcome)) {
            console.fail(
                "all mirrors gave false evidence alike: before you blame them, look at your own "
                "network (a captive portal, a proxy) and at the trust bundle"
            );
        }
        const bool is_of_cache =
            outcome.failures.size() == 1 && outcome.failures.front().mirror == mirror::kept_source;
        if (is_of_cache) {
            console.fail(
                "no file for " + requirement.text() +
                ": what earlier runs kept does not do, and --offline asks nobody"
            );
            return;
        }
        console.fail(
            "no file for " + requirement.text() + ": none of " +
            counted(outcome.failures.size(), "mirror") + " gave one that passes every check"
        );
        return;
    }
    const auto& fetched = *outcome.file;
    for (const auto& warning : fetched.warnings) {
        console.report(warning);
    }
    if (fetched.placement == Placement::replaced) {
        console.warn(
            "another file stood at " + fetched.path.string() +
            "; the verified one has taken its place"
        );
    }
    console.say(story_of(fetched));
    for (const auto& check : fetched.checks) {
        console.say("  verified: " + check);
    }
}

ExitCode exit_code_of_outcome(const mirror::FetchOutcome& outcome) {
    if (outcome.file) {
        return ExitCode::done;
    }
    std::vector<ExitCode> codes;
    for (const auto& failure : outcome.failures) {
        const auto more = codes_of(failure);
        codes.insert(codes.end(), more.begin(), more.end());
    }
    for (const auto code :
         {ExitCode::evidence_false, ExitCode::evidence_missing, ExitCode::stale}) {
        if (std::find(codes.begin(), codes.end(), code) != codes.end()) {
            return code;
        }
    }
    const bool all_agree =
        !codes.empty() && std::all_of(codes.begin(), codes.end(), [](ExitCode code) {
            return code == ExitCode::not_found;
        });
    return all_agree ? ExitCode::not_found : ExitCode::network;
}

}  // namespace

JsonArray json_of_failures(const std::vector<mirror::MirrorFailure>& failures) {
    JsonArray all;
    for (const auto& failure : failures) {
        all.push_back(json_of_failure(failure));
    }
    return all;
}

void report_answer(
    Console& console, const mirror::Requirement& requirement, const FetchAnswer& answer
) {
    if (answer) {
        report_outcome(console, requirement, *answer);
        return;
    }
    console.fail("no file for " + requirement.text() + ": " + answer.error().describe());
}

JsonValue json_of_answer(const mirror::Requirement& requirement, const FetchAnswer& answer) {
    const bool has_file = answer && answer->file;
    auto failures = answer ? json_of_failures(answer->failures) : JsonArray();
    return JsonObject{
        {"requirement", requirement.text()},
        {"file", has_file ? json_of_file(*answer->file) : JsonValue()},
        {"failures", std::move(failures)},
        {"error", answer ? JsonValue() : json_of(answer.error())}};
}

ExitCode exit_code_of_answer(const FetchAnswer& answer) {
    return answer ? exit_code_of_outcome(*answer) : exit_code_of(answer.error());
}

}  // namespace heliograph::tools::fetch_commands
