// SPDX-License-Identifier: Apache-2.0
// `mirror import`.
#include <mirror/publish/tree_import.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/progress_sink.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/stop_signal.hpp>

#include <CLI/App.hpp>

#include <map>
#include <stop_token>

namespace heliograph::tools::mirror_commands {

namespace {

struct ImportCommandOptions {
    std::shared_ptr<std::string> folder;
    std::string tree;
};

std::string_view describe(mirror::LeftOutCause cause) {
    switch (cause) {
        case mirror::LeftOutCause::link:
            return "link (not followed)";
        case mirror::LeftOutCause::other_kind:
            return "of a kind that is not published (only .whl, .tar.gz and .zip are)";
        case mirror::LeftOutCause::hidden:
            return "hidden (.NAME or __pycache__)";
        case mirror::LeftOutCause::no_file:
            return "no regular file";
        case mirror::LeftOutCause::unrelated:
            break;
    }
    return "no distribution";
}

// `left out: 2 link (not followed), 1 no distribution`; empty when nothing was.
std::string describe(const std::vector<mirror::LeftOutEntry>& left_out) {
    std::map<mirror::LeftOutCause, std::size_t> counts;
    for (const auto& entry : left_out) {
        ++counts[entry.cause];
    }
    std::string text;
    for (const auto& [cause, count] : counts) {
        text += (text.empty() ? "left out: " : ", ") + std::to_string(count) + " " +
                std::string(describe(cause));
    }
    return text;
}

void tell(const mirror::ImportReport& report, Console& console) {
    JsonArray refused;
    for (const auto& file : report.refused) {
        console.warn("not imported: " + file.error.describe());
        refused.push_back(JsonObject{{"path", file.path.string()}, {"error", json_of(file.error)}});
    }
    console.say(
        "imported " + counted(report.published, "file") + "; " + std::to_string(report.same) +
        " were here already, " + std::to_string(report.refused.size()) + " were refused"
    );
    if (!report.left_out.empty()) {
        console.say(describe(report.left_out) + "; each is named with --verbose");
    }
    if (!report.end) {
        return;  // The error is what --json shows.
    }
    JsonArray left_out;
    for (const auto& entry : report.left_out) {
        left_out.push_back(JsonObject{
            {"path", entry.path.string()},
            {"why", std::string(mirror::left_out_cause_name(entry.cause))}});
    }
    console.present(JsonObject{
        {"published", report.published},
        {"same", report.same},
        {"refused", std::move(refused)},
        {"left_out", std::move(left_out)}});
}

// What this machine is to blame for says what stays, and how it goes on.
Error describe_end(const mirror::ImportReport& report) {
    const Error& cause = report.end.error();
    if (cause.code() == ErrorCode::cancelled) {
        return cause;
    }
    constexpr std::string_view advice = "run the same command again";
    std::string message = cause.message() + "; " + counted(report.published, "file") +
                          " imported before stay, nothing is left of the others";
    if (message.find(advice) == std::string::npos) {
        message += "; " + std::string(advice) + " to go on";
    }
    Error end(cause.code(), std::move(message));
    for (const auto& place : cause.trail()) {
        end = std::move(end).at(place);
    }
    return end;
}

Result<ExitCode> import_files(
    const ImportCommandOptions& options, OpenMaster& master, Console& console
) {
    const SystemClock clock;
    std::stop_source stop;
    const StopSignal stop_signal(console, [&stop] { stop.request_stop(); });
    ProgressSink watched(
        console.events(),
        console.progress("import", ProgressUnit::items),
        {"import.plan", "files", "import.file", "file"}
    );
    auto publisher = master.publisher(clock, watched);
    HG_TRY(
        const auto report,
        mirror::import_tree(
            {.publisher = publisher,
             .catalog = *master.catalog,
             .blobs = *master.blobs,
             .events = watched},
            options.tree,
            {.stop = stop.get_token()}
        )
    );
    watched.finish();
    if (report.end && report.published + report.same + report.refused.size() == 0) {
        const auto left_out = describe(report.left_out);
        return Error(
            ErrorCode::not_found,
            "expected wheels or sdists below " + options.tree + ", saw none" +
                (left_out.empty() ? "" : " (" + left_out + ")") + "; nothing was published"
        );
    }
    tell(report, console);
    if (!report.end) {
        return describe_end(report);
    }
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
         "kept, and what they do not name is refused. Links, and what begins with a dot, are left "
         "out. Run it again to go on after a break.",
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
