// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audit_run.hpp>
#include <mirror/fleet/mirror_list.hpp>
#include <mirror/sync/sync_run.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/http_client.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/sync_report.hpp>
#include <tools/commands/sample_seed.hpp>
#include <tools/commands/source.hpp>
#include <tools/commands/stop_signal.hpp>
#include <verify/report/sarif.hpp>

#include <CLI/App.hpp>

#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct AuditChoice {
    std::string mirror;
    std::string master;
    std::string trust;
    TlsFiles tls;
    bool is_partial = false;
    std::size_t projects = 20;
    std::size_t files = 10;
    std::optional<std::uint64_t> seed;
    unsigned max_age_hours = 24;
    std::string sarif;
};

Result<ExitCode> report_audit(
    const AuditChoice& choice, const mirror::AuditReport& report, Console& console
) {
    for (const auto& finding : report.verdict.findings()) {
        console.report(finding);
    }
    const ExitCode code = exit_code_of(report.verdict);
    console.say(
        report.mirror + ": " + counted(report.projects_listed, "project") + " listed, " +
        counted(report.pages_checked, "page") + ", " + counted(report.files_checked, "file") +
        " and " + counted(report.metadata_checked, "metadata text") + " checked, " +
        (report.files_left_out == 0
             ? ""
             : counted(report.files_left_out, "file") + " left out by its filter, as it claims, ") +
        counted(report.verdict.findings().size(), "finding")
    );
    if (!choice.sarif.empty()) {
        const auto document = verify::sarif_of(
            {"mirror audit", {{"mirror " + report.mirror, report.mirror, report.verdict}}}
        );
        const auto text = render_json(document, JsonLayout::indented) + "\n";
        HG_CHECK(write_file_atomically(choice.sarif, bytes_of(text)));
    }
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"mirror", report.mirror},
        {"projects_listed", report.projects_listed},
        {"pages_checked", report.pages_checked},
        {"files_checked", report.files_checked},
        {"files_left_out", report.files_left_out},
        {"metadata_checked", report.metadata_checked},
        {"findings", json_of_verdict(report.verdict)}});
    return code;
}

Result<ExitCode> audit(const AuditChoice& choice, Console& console) {
    HG_TRY(auto base, mirror::parse_base_url(choice.mirror));
    const SystemClock clock;
    verify::TrustBundle trust{.name = {}, .roots = {}, .mirrors = {}};
    if (!choice.trust.empty()) {
        HG_TRY(trust, load_trust(choice.trust));
    }
    HG_TRY(const auto tls, make_client_context(trust, choice.tls, clock));
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    HG_TRY(const auto seed, sample_seed(choice.seed));
    console.tell("the sample is drawn anew; --seed " + std::to_string(seed) + " repeats it");
    mirror::AuditRequest request{
        .mirror = std::move(base),
        .trust = choice.trust.empty() ? nullptr : &trust,
        .tls = tls,
        .coverage = choice.is_partial ? mirror::Coverage::partial : mirror::Coverage::complete,
        .projects = choice.projects,
        .files = choice.files,
        .seed = seed,
        .max_age = std::chrono::hours(choice.max_age_hours),
        .timeouts = mirror::SyncOptions::patient_timeouts(),
        .stop = stop.get_token()};
    if (!choice.master.empty()) {
        HG_TRY(request.master, mirror::parse_base_url(choice.master));
    }
    HG_TRY(const auto transport, open_http_client());
    HG_TRY(const auto report, mirror::audit_mirror(request, *transport, clock));
    return report_audit(choice, report, console);
}

}  // namespace

void add_audit(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"audit",
         "Look at any mirror from outside: fresh, faithful, complete, by the standard?",
         "mirror audit https://mirror.example/ --trust trust.json --master https://index.example/\n"
         "mirror audit https://mirror.example/ --ca roots.pem --sarif audit.sarif"}
    );
    auto choice = std::make_shared<AuditChoice>();
    verb.add_option("mirror", choice->mirror, "Its address: https, without simple/")
        ->type_name("URL")
        ->required();
    verb.add_option("--master", choice->master, "Compare with the index that it is a mirror of")
        ->type_name("URL");
    verb.add_option("--trust", choice->trust, "Trust bundle: its roots for TLS, and signed pages")
        ->type_name("FILE");
    verb.add_option("--ca", choice->tls.authorities, "PEM roots to accept for TLS")
        ->type_name("FILE");
    verb.add_option("--client-cert", choice->tls.client_bundle, "bundle.pem to show to it")
        ->type_name("FILE");
    verb.add_flag(
        "--partial",
        choice->is_partial,
        "It is known to leave files out by a filter: believe it when it says so of one"
    );
    verb.add_option("--projects", choice->projects, "So many pages are looked at")
        ->check(CLI::Range(0U, 100'000U))
        ->capture_default_str();
    verb.add_option("--sample", choice->files, "So many files are downloaded and hashed")
        ->check(CLI::Range(0U, 100'000U))
        ->capture_default_str();
    verb.add_option(
        "--seed",
        choice->seed,
        "Look at what an earlier run looked at [one that no mirror can foretell]"
    );
    verb.add_option("--max-age", choice->max_age_hours, "Hours since its last complete run")
        ->check(CLI::Range(1U, 100'000U))
        ->capture_default_str();
    verb.add_option("--sarif", choice->sarif, "Write the findings there too (SARIF 2.1.0)")
        ->type_name("FILE");
    program.set_action(verb, [choice](Console& console) { return audit(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
