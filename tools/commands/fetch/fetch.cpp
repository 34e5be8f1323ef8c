// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/requirements_file.hpp>
#include <mirror/fetch/trust_state_file.hpp>
#include <mirror/net/curl_transport.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/fetch/commands.hpp>
#include <tools/commands/fetch/fleet_state.hpp>
#include <tools/commands/fetch/report.hpp>
#include <tools/commands/source.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <algorithm>

namespace heliograph::tools::fetch_commands {

namespace {

verify::PagePolicy policy_of(const FetchOptions& options) {
    if (options.no_verify) {
        return verify::no_evidence_page_policy();
    }
    return options.verify ? verify::strict_page_policy() : verify::default_page_policy();
}

/// What is asked for, by name, by file name and by files of requirements.
struct Wanted {
    std::vector<mirror::Requirement> requirements;
    mirror::FormatWords formats;
};

template <typename T>
Error as_usage_error(Result<T> result) {
    return {ErrorCode::invalid_argument, result.error().describe()};
}

Outcome add_requirement_file(Wanted& wanted, const std::string& path) {
    HG_TRY(const auto text, read_file(path, mirror::requirements_file_bytes));
    auto file = mirror::parse_requirements_file(text_of(text));
    if (!file) {
        return as_usage_error(std::move(file)).at(path);
    }
    for (auto& requirement : file->requirements) {
        wanted.requirements.push_back(std::move(requirement));
    }
    const auto append = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
        to.insert(to.end(), from.begin(), from.end());
    };
    append(wanted.formats.no_binary, file->formats.no_binary);
    append(wanted.formats.only_binary, file->formats.only_binary);
    return {};
}

Result<Wanted> parse_requirements(const FetchOptions& options) {
    Wanted wanted;
    for (const auto& text : options.requirements) {
        auto requirement = mirror::parse_requirement(text);
        if (!requirement) {
            // What the user typed cannot be meant: a usage error, whatever is wrong with it.
            return as_usage_error(std::move(requirement));
        }
        wanted.requirements.push_back(*std::move(requirement));
    }
    for (const auto& path : options.requirement_files) {
        HG_CHECK(add_requirement_file(wanted, path));
    }
    if (!options.file.empty()) {
        auto name = verify::parse_dist_file_name(options.file);
        if (!name) {
            return as_usage_error(std::move(name));
        }
        wanted.requirements.push_back({name->project(), {}, *name});
    }
    if (wanted.requirements.empty() && options.requirement_files.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a project to fetch, --file NAME or -r FILE, saw none; as in: fetch --verify "
            "wheel"
        );
    }
    return wanted;
}

// A marker asks what Python it is for; without one nothing can be said.
Result<mirror::MarkerAnswer> applies(const mirror::Requirement& requirement, const Target& target) {
    if (!requirement.marker) {
        return mirror::MarkerAnswer::applies;
    }
    if (!target.python) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --python VERSION or PROGRAM, to know whether '" + requirement.text() +
                "' is wanted there; saw none"
        );
    }
    return requirement.marker->evaluate(target.python->markers, {});
}

// What files of requirements say of wheels counts beside what the command line says.
TargetOptions with_formats(TargetOptions options, const mirror::FormatWords& more) {
    auto& words = options.formats;
    words.no_binary.insert(words.no_binary.end(), more.no_binary.begin(), more.no_binary.end());
    words.only_binary.insert(
        words.only_binary.end(), more.only_binary.begin(), more.only_binary.end()
    );
    return options;
}

/// What stands for the whole run.
struct Setting {
    verify::TrustBundle trust;
    std::optional<std::filesystem::path> state_file;  ///< None with --no-verify.
    verify::TrustState state;
};

Result<Setting> load_setting(const FetchOptions& options) {
    if (options.no_verify) {
        Setting setting;
        if (!options.trust.empty()) {
            HG_TRY(setting.trust, load_trust(options.trust));
        }
        return setting;
    }
    Setting setting;
    HG_TRY(setting.trust, load_trust(options.trust));
    HG_TRY(setting.state_file, trust_state_path(setting.trust));
    HG_TRY(setting.state, local_fault(mirror::load_trust_state(*setting.state_file)));
    return setting;
}

Result<mirror::FetchOutcome> fetch_watched(
    mirror::FetchSession& session, const mirror::FetchRequest& request, const Console& console
) {
    auto bar = console.progress("fetch " + request.requirement.text(), ProgressUnit::bytes);
    mirror::FetchWatcher watcher;
    watcher.on_start = [&](const verify::PageFile& file, const mirror::Url& from) {
        bar.set_label("fetch " + file.name.text() + " from " + from.host());
        bar.set_total(file.size_bytes.value_or(0));
    };
    watcher.on_progress = [&](std::uint64_t done_bytes) { bar.update(done_bytes); };
    return session.fetch(request, watcher);
}

// The most severe code wins: of two requirements, one with false evidence decides.
ExitCode worse(ExitCode left, ExitCode right) {
    if (left == ExitCode::done || right == ExitCode::done) {
        return left == ExitCode::done ? right : left;
    }
    return std::min(left, right);
}

Result<ExitCode> fetch_all(
    const FetchOptions& options, mirror::FetchSession& session, Console& console
) {
    HG_TRY(auto wanted, parse_requirements(options));
    HG_TRY(const auto target, parse_target(with_formats(options.target, wanted.formats)));
    HG_CHECK(make_folder(options.folder));
    ExitCode code = ExitCode::done;
    JsonArray results;
    for (auto& requirement : wanted.requirements) {
        HG_TRY(const auto answer, applies(requirement, target));
        if (answer == mirror::MarkerAnswer::does_not) {
            console.say("not wanted by its marker: " + requirement.text());
            continue;
        }
        const mirror::FetchRequest request{std::move(requirement), target.choice, options.folder};
        HG_TRY(const auto outcome, fetch_watched(session, request, console));
        report_outcome(console, request.requirement, outcome);
        results.push_back(json_of_outcome(request.requirement, outcome));
        code = worse(code, exit_code_of_outcome(outcome));
    }
    console.present(JsonObject{
        {"verification",
         options.no_verify ? "none"
         : options.verify  ? "strict"
                           : "standard"},
        {"exit_code", static_cast<int>(code)},
        {"results", std::move(results)}});
    return code;
}

Result<ExitCode> fetch(const FetchOptions& options, Console& console) {
    HG_TRY([[maybe_unused]] const auto asked_for, parse_requirements(options));
    if (options.no_verify) {
        console.warn(
            "nothing is authenticated (--no-verify): a mirror can give you whatever it likes"
        );
    }
    const SystemClock clock;
    HG_TRY(auto setting, load_setting(options));
    HG_TRY(const auto tls, make_client_context(setting.trust, options.tls, clock));
    HG_TRY(const auto transport, mirror::CurlTransport::open(mirror::user_agent()));
    HG_TRY(const auto list, find_mirrors(options.mirrors, setting.trust, *transport, tls));
    const mirror::ClientBasis basis{
        *transport, setting.trust, setting.state, clock, policy_of(options), tls};
    auto known = FleetState::open(console);
    auto fleet = known.fleet_of(list);
    mirror::FetchConduct conduct{.retries = {}, .keep_evidence = known.evidence_keeper()};
    conduct.retries.rounds = options.retries + 1;
    mirror::FetchSession session(fleet, basis, setting.state, std::move(conduct));
    auto code = fetch_all(options, session, console);
    known.save(fleet, console);
    if (setting.state_file) {
        // What was learnt counts also when a file could not be had.
        HG_CHECK(mirror::save_trust_state(*setting.state_file, setting.state));
    }
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

}  // namespace

void add_fetch(Program& program, const std::shared_ptr<FetchOptions>& options) {
    auto& command = program.root();
    command.add_option(
        "requirement", options->requirements, "Project, perhaps with versions: 'wheel>=0.38,<1'"
    );
    command
        .add_option(
            "-r,--requirement",
            options->requirement_files,
            "Fetch what this requirements.txt asks for, with its hashes; repeatable"
        )
        ->type_name("FILE");
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
    add_evidence_options(command, *options);
    program.set_action(command, [options](Console& console) { return fetch(*options, console); });
}

}  // namespace heliograph::tools::fetch_commands
