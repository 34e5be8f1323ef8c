// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/fetch/closure.hpp>
#include <tools/commands/fetch/report.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

namespace {

using Answer = std::variant<Closure, ExitCode>;

// More than this is no program that anybody installs.
constexpr verify::ResolutionLimits limits{.packages = 5'000, .needs = 10'000, .steps = 100'000};

Answer tell_missing(const mirror::MissingEvidence& missing, Console& console) {
    for (const auto& failure : missing.failures) {
        report_failure(console, failure, verify::Severity::error);
    }
    console.fail("the dependencies cannot be found out: no mirror gives the " + missing.subject);
    const mirror::FetchOutcome outcome{std::nullopt, missing.failures};
    const ExitCode code = exit_code_of_answer(outcome);
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"missing", missing.subject},
        {"failures", json_of_failures(missing.failures)}});
    return code;
}

Answer tell_conflict(const verify::NoSolution& reasons, Console& console) {
    JsonArray lines;
    std::string text = "no versions of everything that is needed fit together:";
    for (const auto& line : reasons.lines) {
        lines.emplace_back(line);
        text += "\n  " + line;
    }
    console.fail(text);
    console.present(JsonObject{
        {"exit_code", static_cast<int>(ExitCode::not_found)}, {"reasons", std::move(lines)}});
    return ExitCode::not_found;
}

Outcome check_wanted(const Wanted& wanted) {
    for (const auto& requirement : wanted.requirements) {
        if (!requirement.hashes.empty()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected requirements without hashes, to find out what they need; a list or lock "
                "that has them, as for " +
                    requirement.text() + ", is whole already: fetch it without --deps"
            );
        }
    }
    HG_ASSERT(wanted.target.python.has_value());
    return {};
}

}  // namespace

Result<FetchOptions> options_of_closure(FetchOptions options) {
    if (options.no_verify || !options.file.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected projects whose pages are verified, to believe what they need; saw " +
                std::string(options.no_verify ? "--no-verify" : "--file")
        );
    }
    if (options.target.python.empty()) {
        options.target.python = "python3";
    }
    return options;
}

Result<Answer> find_closure(const Wanted& wanted, FetchHouse& house, Console& console) {
    HG_CHECK(check_wanted(wanted));
    HG_TRY(auto scratch, house.scratch());
    mirror::ProjectDesk desk(house.crew(), std::move(scratch));
    mirror::IndexSource source(
        desk, {wanted.target.choice, wanted.target.python->markers}, wanted.requirements
    );
    const auto found = verify::resolve(source, source.root(), limits);
    for (const auto& failure : source.detours()) {
        report_failure(console, failure, verify::Severity::warning);
    }
    for (const auto& warning : source.warnings()) {
        console.warn(warning);
    }
    if (!found) {
        return source.missing() ? Result<Answer>(tell_missing(*source.missing(), console))
                                : found.error();
    }
    if (const auto* reasons = std::get_if<verify::NoSolution>(&*found)) {
        return tell_conflict(*reasons, console);
    }
    return Answer(source.files_of(std::get<verify::Solution>(*found)));
}

}  // namespace heliograph::tools::fetch_commands
