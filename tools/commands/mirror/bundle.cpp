// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_run.hpp>
#include <pki/base/clock.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct BundleChoice {
    std::shared_ptr<std::string> folder;
    std::uint64_t since = 0;
    std::string file;
};

Result<ExitCode> bundle(const BundleChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    HG_TRY([[maybe_unused]] const auto readable, local_fault(folder.open_catalog()));
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    const SystemClock clock;
    ProgressSink watched(
        console.events(),
        console.progress("bundle", ProgressUnit::items),
        {"bundle.plan", "projects", "bundle.project.written", "project"}
    );
    HG_TRY(
        const auto report,
        local_fault(
            mirror::bundle_folder(
                folder,
                {.since = {choice.since}, .file = choice.file, .stop = stop.get_token()},
                clock,
                watched
            ),
            FileOrigin::own
        )
    );
    watched.finish();
    console.say(
        "wrote " + choice.file + ": from serial " + std::to_string(report.manifest.since.value) +
        " to " + std::to_string(report.manifest.to.value) + ", " +
        counted(report.projects, "project") + ", " + counted(report.blobs, "file") + ", " +
        format_size(report.size_bytes)
    );
    console.print("sha256 " + report.digest.to_hex());
    console.present(JsonObject{
        {"file", choice.file},
        {"since", report.manifest.since.value},
        {"to", report.manifest.to.value},
        {"projects", report.projects},
        {"files", report.blobs},
        {"bytes", report.size_bytes},
        {"sha256", report.digest.to_hex()}});
    return ExitCode::done;
}

}  // namespace

void add_bundle(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"bundle",
         "Write what changed since a serial into one file, for mirrors without a line.",
         "mirror bundle --dir master --since 0 -o all.bundle\n"
         "mirror bundle --dir master --since 4711 -o news.bundle"}
    );
    auto choice = std::make_shared<BundleChoice>();
    choice->folder = add_folder_option(verb);
    verb.add_option(
            "--since",
            choice->since,
            "The serial of the mirror that will take it in (mirror status says it); 0: everything"
    )
        ->type_name("SERIAL")
        ->check(CLI::Range(std::uint64_t{0}, verify::max_serial.value))
        ->required();
    verb.add_option("-o,--output", choice->file, "Where the bundle goes; must not exist yet")
        ->type_name("FILE")
        ->required();
    program.set_action(verb, [choice](Console& console) { return bundle(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
