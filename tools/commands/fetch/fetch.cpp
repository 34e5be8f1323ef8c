// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/fetch/closure.hpp>
#include <tools/commands/fetch/commands.hpp>
#include <tools/commands/fetch/fetch_house.hpp>
#include <tools/commands/fetch/fetch_summary.hpp>
#include <tools/commands/fetch/parallel_fetch.hpp>
#include <tools/commands/fetch/report.hpp>
#include <tools/commands/fetch/wanted.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace heliograph::tools::fetch_commands {

namespace {

/// What was asked for, on its way.
struct Batch {
    std::vector<mirror::FetchRequest> requests;
    FetchSummary summary;
    JsonArray results = {};
    JsonArray passed_over = {};
};

void fetch_batch(Batch& batch, FetchHouse& house, Console& console) {
    fetch_in_parallel(
        house.crew(),
        batch.requests,
        console,
        [&](const mirror::FetchRequest& request, const FetchAnswer& answer) {
            report_answer(console, request.requirement, answer);
            batch.results.push_back(json_of_answer(request.requirement, answer));
            batch.summary.add(request.requirement, answer);
        }
    );
}

// Each file that was resolved, and no other of its name.
std::vector<mirror::FetchRequest> requests_of(
    const Closure& closure, const Wanted& wanted, const std::string& folder
) {
    std::vector<mirror::FetchRequest> requests;
    for (const auto& resolved : closure.files) {
        mirror::Requirement exactly{resolved.file.name.project(), {}, resolved.file.name};
        exactly.hashes.push_back(resolved.file.sha256);
        requests.push_back({std::move(exactly), wanted.target.choice, folder, resolved.page});
    }
    return requests;
}

std::vector<mirror::FetchRequest> requests_of(Wanted wanted, const std::string& folder) {
    std::vector<mirror::FetchRequest> requests;
    for (auto& requirement : wanted.requirements) {
        requests.push_back({std::move(requirement), wanted.target.choice, folder});
    }
    return requests;
}

Result<ExitCode> fetch_in(
    FetchHouse& house, const FetchOptions& options, Wanted wanted, Console& console
) {
    HG_CHECK(output_fault(make_folder(options.folder)));
    Batch batch{.requests = {}, .summary = FetchSummary(verification_of(options))};
    if (options.deps) {
        HG_TRY(const auto found, find_closure(wanted, house, console));
        if (const auto* code = std::get_if<ExitCode>(&found)) {
            return *code;
        }
        const auto& closure = std::get<Closure>(found);
        console.say("resolved " + counted(closure.files.size(), "package"));
        batch.requests = requests_of(closure, wanted, options.folder);
        batch.passed_over = json_of_passed_over(closure);
    } else {
        batch.requests = requests_of(std::move(wanted), options.folder);
    }
    fetch_batch(batch, house, console);
    batch.summary.report(console);
    const ExitCode code = batch.summary.exit_code();
    console.present(JsonObject{
        {"verification", verification_name(verification_of(options))},
        {"exit_code", static_cast<int>(code)},
        {"passed_over", std::move(batch.passed_over)},
        {"results", std::move(batch.results)}});
    return code;
}

Result<ExitCode> fetch(const FetchOptions& given, Console& console) {
    auto options = given;
    if (given.deps) {
        HG_TRY(options, options_of_closure(given));
    }
    // Looked at before anything is opened: a mistake of usage comes first.
    HG_TRY(auto wanted, parse_wanted(options));
    if (options.no_verify) {
        console.warn(
            "nothing is authenticated (--no-verify): a mirror can give you whatever it likes"
        );
    }
    HG_TRY(const auto house, FetchHouse::open(options, console));
    auto code = fetch_in(*house, options, std::move(wanted), console);
    // What was learnt counts also when a file could not be had.
    HG_CHECK(house->close(console));
    return code;
}

void add_evidence_options(CLI::App& command, FetchOptions& options) {
    auto* strict = command.add_flag(
        "--verify",
        options.verify,
        "Demand every kind of evidence that the trust bundle can check, current revocation lists "
        "among them (without it these are checked when a mirror has them)"
    );
    command
        .add_flag(
            "--no-verify",
            options.no_verify,
            "Authenticate nothing; only the hash that the mirror itself states is compared"
        )
        ->excludes(strict);
    add_source_options(command, options);
}

void add_cache_options(CLI::App& command, FetchOptions& options) {
    command
        .add_flag(
            "--no-cache",
            options.no_cache,
            "Neither take files that earlier runs fetched nor keep files and pages (else below "
            "$XDG_CACHE_HOME/heliograph; each is hashed anew before it is taken)"
        )
        ->envname("HELIOGRAPH_NO_CACHE");
    command.add_flag(
        "--offline",
        options.offline,
        "Ask nobody: take pages and files that earlier runs kept, judged anew by their signatures; "
        "4 when something is not kept, 6 when evidence is too old by now"
    );
    command
        .add_option(
            "--cache-limit",
            options.cache_mib,
            "How much is kept of fetched files; those that were not used for longest go first"
        )
        ->type_name("MIB")
        ->check(CLI::Range(1U, 1U << 24U))
        ->capture_default_str()
        ->envname("HELIOGRAPH_CACHE_LIMIT");
}

}  // namespace

void add_fetch(Program& program, const std::shared_ptr<FetchOptions>& options) {
    auto& command = program.root();
    // Not named as the option below: since version 2.4, CLI11 takes the two for one.
    command.add_option(
        "project", options->requirements, "Project, perhaps with versions: 'wheel>=0.38,<1'"
    );
    command
        .add_option(
            "-r,--requirement",
            options->requirement_files,
            "Fetch what this requirements.txt or pylock.toml asks for, with its hashes; repeatable"
        )
        ->type_name("FILE")
        ->allow_extra_args(false);
    command
        .add_option(
            "--metalink",
            options->metalinks,
            "Fetch the files that this metalink (RFC 5854) names, with its hashes, also from its "
            "mirrors; repeatable"
        )
        ->type_name("FILE")
        ->allow_extra_args(false);
    command.add_flag(
        "--deps",
        options->deps,
        "Fetch everything that is needed for what is asked for, in versions that fit together (for "
        "--python, else for python3)"
    );
    command
        .add_option("--file", options->file, "Fetch exactly this file, by its name in the index")
        ->type_name("NAME");
    add_target_options(command, options->target);
    command.add_option("--dest", options->folder, "Where files go; made when missing")
        ->type_name("DIR")
        ->capture_default_str();
    command
        .add_option(
            "--retries",
            options->retries,
            "How often to go through the mirrors again whose failure may pass"
        )
        ->type_name("N")
        ->check(CLI::Range(0, 20))
        ->capture_default_str()
        ->envname("HELIOGRAPH_RETRIES");
    command
        .add_option(
            "--jobs",
            options->jobs,
            "How many files to fetch at once (else four for each mirror of the list, at most 16)"
        )
        ->type_name("N")
        ->check(CLI::Range(1, 64))
        ->envname("HELIOGRAPH_JOBS");
    add_cache_options(command, *options);
    add_evidence_options(command, *options);
    program.set_action(command, [options](Console& console) { return fetch(*options, console); });
}

}  // namespace heliograph::tools::fetch_commands
