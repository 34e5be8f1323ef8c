// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/unbundle_run.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/sync_report.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct UnbundleChoice {
    std::shared_ptr<std::string> folder;
    std::string file;
    std::string digest;
    bool verify = false;
};

// The bundle's own faults first: what was parked for their sake follows from them.
ExitCode report_unbundling(Console& console, const mirror::UnbundleReport& report) {
    for (const auto& finding : report.bundle.findings()) {
        console.report(finding);
    }
    const std::string range = std::to_string(report.manifest.since.value) + " to " +
                              std::to_string(report.manifest.to.value);
    if (report.run) {
        console.say(
            "bundle from " + range + ", made " + format_rfc3339(report.manifest.made) + ": " +
            counted(report.files, "file") + " stored, " + format_size(report.bytes)
        );
        const ExitCode code = present_run(console, *report.run);
        return report.bundle.accepted() ? code : exit_code_of(report.bundle);
    }
    const bool further = report.bundle.accepted();
    if (further) {
        console.say("nothing to take in: the folder is further than the bundle from " + range);
    }
    const ExitCode code = further ? ExitCode::done : exit_code_of(report.bundle);
    console.present(JsonObject{
        {"exit_code", static_cast<int>(code)},
        {"since", report.manifest.since.value},
        {"to", report.manifest.to.value},
        {"findings", json_of_verdict(report.bundle)}});
    return code;
}

Result<ExitCode> unbundle(const UnbundleChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    HG_TRY([[maybe_unused]] const auto readable, local_fault(folder.open_catalog()));
    mirror::UnbundleRequest request{.file = choice.file};
    if (!choice.digest.empty()) {
        HG_TRY(request.digest, pki::Sha256::parse_hex(choice.digest));
    }
    if (choice.verify) {
        request.policy = verify::strict_page_policy();
    }
    std::stop_source stop;
    request.stop = stop.get_token();
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    const SystemClock clock;
    ProgressSink watched(
        console.events(),
        console.progress("unbundle", ProgressUnit::items),
        {"sync.plan", "projects", "sync.project.", "project"}
    );
    HG_TRY(const auto report, mirror::unbundle_folder(folder, request, clock, watched));
    watched.finish();
    return report_unbundling(console, report);
}

}  // namespace

void add_unbundle(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"unbundle",
         "Take in a bundle: verify all of it as sync would, then store, then move on.",
         "mirror unbundle --dir inside news.bundle"}
    );
    auto choice = std::make_shared<UnbundleChoice>();
    choice->folder = add_folder_option(verb);
    verb.add_option("bundle", choice->file, "What mirror bundle wrote")
        ->type_name("FILE")
        ->required();
    verb.add_option(
            "--sha256",
            choice->digest,
            "Refuse any other file: the digest that mirror bundle said, brought by another way"
    )
        ->type_name("HEX")
        ->check([](const std::string& text) {
            return pki::Sha256::parse_hex(text)
                       ? std::string()
                       : std::string("expected 64 lower-case hexadecimal digits");
        });
    verb.add_flag(
        "--verify",
        choice->verify,
        "Demand current revocation lists too (without it they are checked when there are any)"
    );
    program.set_action(verb, [choice](Console& console) { return unbundle(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
