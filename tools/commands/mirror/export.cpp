// SPDX-License-Identifier: Apache-2.0
#include <mirror/export/export_run.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/signer_state.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <stop_token>
#include <string>
#include <vector>

namespace heliograph::tools::mirror_commands {

namespace {

struct ExportChoice {
    std::shared_ptr<std::string> folder;
    std::string tree;
};

// They may be somebody's own, and may be served: told, and left alone.
void tell_foreign(
    const std::vector<std::string>& places, const std::string& tree, Console& console
) {
    constexpr std::size_t most_named = 20;
    if (places.empty()) {
        return;
    }
    std::string named;
    for (std::size_t at = 0; at < std::min(places.size(), most_named); ++at) {
        named += (at == 0 ? "" : ", ") + verify::printable(places[at]);
    }
    if (places.size() > most_named) {
        named += " and " + std::to_string(places.size() - most_named) + " more";
    }
    console.warn(
        "left alone " + counted(places.size(), "file") + " in " + tree +
        " that no export writes: " + named
    );
}

Result<ExitCode> export_tree(const ExportChoice& choice, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(*choice.folder));
    HG_TRY([[maybe_unused]] const auto readable, local_fault(folder.open_catalog()));
    HG_CHECK(warn_of_signers(folder, console));
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    ProgressSink watched(
        console.events(),
        console.progress("export", ProgressUnit::items),
        {"export.plan", "projects", "export.project.written", "project"}
    );
    HG_TRY(
        const auto report,
        output_fault(
            mirror::export_folder(folder, {.tree = choice.tree, .stop = stop.get_token()}, watched)
        )
    );
    watched.finish();
    console.say(
        "exported " + counted(report.projects, "project") + " to " + choice.tree + ": " +
        std::to_string(report.written) + " written, " + std::to_string(report.kept) +
        " unchanged, " + std::to_string(report.removed) + " removed" +
        (report.left_out == 0 ? ""
                              : "; " + counted(report.left_out, "file") +
                                    " that the filter leaves out, listed in left-out/")
    );
    tell_foreign(report.foreign, choice.tree, console);
    console.present(JsonObject{
        {"projects", report.projects},
        {"written", report.written},
        {"unchanged", report.kept},
        {"removed", report.removed},
        {"left_out", report.left_out},
        {"foreign", JsonArray(report.foreign.begin(), report.foreign.end())}});
    return ExitCode::done;
}

}  // namespace

void add_export(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"export",
         "Write what is served as a static tree for nginx, Caddy, an object store or a CDN.",
         "mirror export --dir master /srv/heliograph"}
    );
    auto choice = std::make_shared<ExportChoice>();
    choice->folder = add_folder_option(verb);
    verb.add_option("tree", choice->tree, "Folder: new, empty, or of an earlier export")
        ->type_name("OUT")
        ->required();
    program.set_action(verb, [choice](Console& console) { return export_tree(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
