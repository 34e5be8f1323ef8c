// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/fetch/closure.hpp>
#include <tools/commands/fetch/report.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

namespace {

using Answer = std::variant<Closure, ExitCode>;

// More than this is no program that anybody installs.
constexpr verify::ResolutionLimits limits{.packages = 5'000, .needs = 10'000, .steps = 100'000};

// Mirrors can be late with a list by which a signer is revoked; one search more has each of them
// asked with that in mind. No house revokes signers one after the other.
constexpr unsigned most_searches = 4;

using Found = Result<std::variant<verify::Solution, verify::NoSolution>>;

Answer tell_missing(const mirror::MissingEvidence& missing, ExitCode code, Console& console) {
    for (const auto& failure : missing.failures) {
        report_failure(console, failure, verify::Severity::error);
    }
    console.fail("the dependencies cannot be found out: no mirror gives the " + missing.subject);
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"missing", missing.subject},
        {"failures", json_of_failures(missing.failures)}});
    return code;
}

Answer tell_missing(const mirror::MissingEvidence& missing, Console& console) {
    const mirror::FetchOutcome outcome{std::nullopt, missing.failures};
    return tell_missing(missing, exit_code_of_answer(outcome), console);
}

// Versions were found that fit, but by the word of mirrors alone that something newer has no use.
Answer tell_absent(const std::vector<mirror::MissingEvidence>& absent, Console& console) {
    mirror::MissingEvidence all;
    for (const auto& [subject, failures] : absent) {
        all.subject += (all.subject.empty() ? "" : ", ") + subject;
        all.failures.insert(all.failures.end(), failures.begin(), failures.end());
    }
    auto answer = tell_missing(all, ExitCode::evidence_missing, console);
    console.fail(
        "versions that do without it would fit, but nobody signs that a project does not exist; if "
        "it is true, name versions of what needs it that you want instead"
    );
    return answer;
}

Answer tell_none(
    const std::string& head, const std::vector<std::string>& reasons, Console& console
) {
    console.fail(head);
    JsonArray lines;
    for (const auto& line : reasons) {
        console.fail("  " + line);
        lines.emplace_back(line);
    }
    console.present(JsonObject{
        {"exit_code", static_cast<int>(ExitCode::not_found)}, {"reasons", std::move(lines)}});
    return ExitCode::not_found;
}

void warn_of(const Closure& closure, Console& console) {
    for (const auto& resolved : closure.files) {
        for (const auto& extra : resolved.unknown_extras) {
            console.warn(
                resolved.file.name.project().text() + " " + resolved.file.name.version().text() +
                " has no extra '" + extra.text() + "'"
            );
        }
    }
    for (const auto& passed : closure.passed_over) {
        const auto others =
            passed.others == 0 ? "" : " (and " + std::to_string(passed.others) + " more)";
        console.warn(
            passed.project.text() + " " + passed.taken + " is taken, since " + passed.newest +
            others + " cannot be: it " + passed.why
        );
    }
}

Result<Answer> answer_of(const Found& found, const mirror::IndexSource& source, Console& console) {
    if (!found) {
        if (source.missing()) {
            return tell_missing(*source.missing(), console);
        }
        // Nothing is false and nothing broken: the question is too large for us.
        if (found.error().code() == ErrorCode::too_large) {
            return tell_none(
                "no versions of everything that is needed were found within the limits of a "
                "search:",
                {found.error().describe()},
                console
            );
        }
        return found.error();
    }
    if (const auto* reasons = std::get_if<verify::NoSolution>(&*found)) {
        return tell_none(
            "no versions of everything that is needed fit together:", reasons->lines, console
        );
    }
    if (!source.absent().empty()) {
        return tell_absent(source.absent(), console);
    }
    const auto& solution = std::get<verify::Solution>(*found);
    Closure closure{source.files_of(solution), source.passed_over(solution)};
    warn_of(closure, console);
    return Answer(std::move(closure));
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
    HG_TRY(const auto scratch, house.scratch());
    for (unsigned search = 0; search < most_searches; ++search) {
        const auto revoked = house.crew().revoked_signers();
        // Of its own: what was begun for the search before may still be on its way.
        const auto folder = scratch / std::to_string(search);
        HG_CHECK(make_folder(folder));
        mirror::ProjectDesk desk(house.crew(), folder);
        mirror::IndexSource source(
            desk, {wanted.target.choice, wanted.target.python->markers}, wanted.requirements
        );
        const Found found = verify::resolve(source, source.root(), limits);
        for (const auto& failure : source.detours()) {
            report_failure(console, failure, verify::Severity::warning);
        }
        // A solution has waited for every page that was asked for, and none is asked for after it:
        // nothing is on its way that could tell of more.
        if (house.crew().revoked_signers() == revoked) {
            return answer_of(found, source, console);
        }
        console.warn(
            "a page signer turned out to be revoked that a page may have been believed for: all "
            "are asked for anew"
        );
    }
    return Error(
        ErrorCode::stale,
        "expected page signers that are not revoked while their pages are read, saw one revoked "
        "during each of " +
            std::to_string(most_searches) + " searches; run it again"
    );
}

JsonArray json_of_passed_over(const Closure& closure) {
    JsonArray all;
    for (const auto& passed : closure.passed_over) {
        all.push_back(JsonObject{
            {"project", passed.project.text()},
            {"taken", passed.taken},
            {"newest", passed.newest},
            {"why", passed.why},
            {"others", static_cast<std::int64_t>(passed.others)}});
    }
    return all;
}

}  // namespace heliograph::tools::fetch_commands
