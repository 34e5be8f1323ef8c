// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <mirror/net/curl_transport.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/fetch/commands.hpp>
#include <tools/commands/fetch/report.hpp>
#include <tools/commands/fetch/wanted.hpp>
#include <tools/commands/fleet_state.hpp>
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

/// What stands for the whole run.
struct Setting {
    verify::TrustBundle trust;
    std::vector<std::filesystem::path> state_files;  ///< None with --no-verify.
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
    HG_TRY(setting.state_files, trust_state_paths(setting.trust));
    HG_TRY(setting.state, local_fault(mirror::load_trust_state(setting.state_files)));
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
    const FetchOptions& options, Wanted wanted, mirror::FetchSession& session, Console& console
) {
    HG_CHECK(output_fault(make_folder(options.folder)));
    ExitCode code = ExitCode::done;
    JsonArray results;
    for (auto& requirement : wanted.requirements) {
        const mirror::FetchRequest request{
            std::move(requirement), wanted.target.choice, options.folder};
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
    HG_TRY(auto wanted, parse_wanted(options));
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
    auto code = fetch_all(options, std::move(wanted), session, console);
    known.save(fleet, console);
    // What was learnt counts also when a file could not be had.
    HG_CHECK(mirror::save_trust_state(setting.state_files, setting.state));
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
