// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/blame.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct RemoveOptions {
    std::shared_ptr<std::string> folder;
    std::string file;
    std::string project;
    std::string release;
};

Result<verify::Serial> remove_named(mirror::Publisher& publisher, const RemoveOptions& options) {
    if (!options.file.empty()) {
        HG_TRY(const auto name, usage_fault(verify::parse_dist_file_name(options.file)));
        return publisher.remove_file(name);
    }
    HG_TRY(const auto name, usage_fault(verify::parse_project_name(options.project)));
    if (!options.release.empty()) {
        HG_TRY(const auto version, usage_fault(verify::parse_version(options.release)));
        return publisher.remove_release({.project = name, .version = version});
    }
    return publisher.remove_project(name);
}

Result<ExitCode> remove(const RemoveOptions& options, OpenMaster& master, Console& console) {
    const SystemClock clock;
    auto publisher = master.publisher(clock, console.events());
    HG_TRY(const auto serial, remove_named(publisher, options));
    std::string what = options.file;
    if (options.file.empty()) {
        what = options.release.empty() ? "the project " + options.project
                                       : options.project + " " + options.release;
    }
    console.say("removed " + what + ", serial " + std::to_string(serial.value));
    console.present(JsonObject{
        {"removed", options.file.empty() ? options.project : options.file},
        {"release", options.release.empty() ? JsonValue() : JsonValue(options.release)},
        {"serial", serial.value}});
    return ExitCode::done;
}

}  // namespace

void add_remove(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"remove",
         "Take one file, a release or a whole project off a master; mirrors follow. A removed "
         "file's "
         "name is never used for other content again.",
         "mirror remove --dir master hello_heliograph-1.0.0.tar.gz\n"
         "mirror remove --dir master --project hello-heliograph --release 1.0.0\n"
         "mirror remove --dir master --project hello-heliograph"}
    );
    auto options = std::make_shared<RemoveOptions>();
    options->folder = add_folder_option(verb);
    auto* file = verb.add_option("file", options->file, "Name of the file")->type_name("NAME");
    auto* project = verb.add_option("--project", options->project, "Remove the whole project")
                        ->type_name("NAME");
    project->excludes(file);
    verb.add_option("--release", options->release, "Remove only this version of the project")
        ->type_name("VERSION")
        ->needs(project);
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        if (options->file.empty() && options->project.empty()) {
            return Error(
                ErrorCode::invalid_argument,
                "expected the name of a file, or --project NAME, saw neither"
            );
        }
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return remove(*options, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
