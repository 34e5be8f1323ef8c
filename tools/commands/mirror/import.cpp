// SPDX-License-Identifier: Apache-2.0
// `mirror import`.
#include <mirror/publish/tree_import.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct ImportCommandOptions {
    std::shared_ptr<std::string> folder;
    std::string tree;
};

Result<ExitCode> import_files(
    const ImportCommandOptions& options, OpenMaster& master, Console& console
) {
    const SystemClock clock;
    ProgressSink watched(
        console.events(),
        console.progress("import", ProgressUnit::items),
        {"import.plan", "files", "import.file", "file"}
    );
    auto publisher = master.publisher(clock, watched);
    HG_TRY(
        const auto report,
        mirror::import_tree(
            {.publisher = publisher, .catalog = *master.catalog, .events = watched}, options.tree
        )
    );
    watched.finish();
    if (report.published + report.same + report.refused.size() == 0) {
        return Error(
            ErrorCode::not_found,
            "expected wheels or sdists below " + options.tree + ", saw none; nothing was published"
        );
    }
    JsonArray refused;
    for (const auto& file : report.refused) {
        console.warn("not imported: " + file.error.describe());
        refused.push_back(JsonObject{{"path", file.path.string()}, {"error", json_of(file.error)}});
    }
    console.say(
        "imported " + counted(report.published, "file") + "; " + std::to_string(report.same) +
        " were here already, " + std::to_string(report.refused.size()) + " were refused"
    );
    console.present(JsonObject{
        {"published", report.published}, {"same", report.same}, {"refused", std::move(refused)}});
    if (report.refused.empty()) {
        return ExitCode::done;
    }
    return exit_code_of(publish_fault(Outcome(report.refused.front().error)).error());
}

}  // namespace

void add_import(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"import",
         "Publish every distribution below a folder: any tree, a bandersnatch or a pypiserver "
         "folder. Yanks and upload times that the JSON pages of a bandersnatch folder state are "
         "kept. "
         "Run it again to go on after a break.",
         "mirror import --dir master /srv/pypi"}
    );
    auto options = std::make_shared<ImportCommandOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("tree", options->tree, "The folder to look through")
        ->type_name("DIR")
        ->required();
    program.set_action(verb, [options](Console& console) {
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return import_files(*options, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
