// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

JsonValue json_of_pending(const mirror::PendingProject& pending) {
    return JsonObject{
        {"project", pending.project.text()},
        {"wanted_serial", pending.wanted.value},
        {"attempts", pending.attempts},
        {"since", format_rfc3339(pending.since)},
        {"reason", pending.reason}};
}

Result<ExitCode> show_status(const std::string& folder_flag, Console& console) {
    HG_TRY(const auto folder, open_mirror_folder(folder_flag));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto state, catalog->state());
    HG_TRY(const auto projects, catalog->projects());
    HG_TRY(const auto pending, catalog->pending());
    const bool is_master = folder.marker().role == mirror::MirrorRole::master;
    const std::string modified =
        state.last_modified ? format_rfc3339(*state.last_modified) : "never";
    console.print(
        is_master
            ? "master in " + folder.path().string()
            : "mirror of " + folder.marker().upstream.value_or("") + " in " + folder.path().string()
    );
    console.print(
        counted(projects.size(), "project") + ", serial " + std::to_string(state.last_serial.value)
    );
    console.print((is_master ? "last publish: " : "last complete sync began: ") + modified);
    JsonArray waiting;
    for (const auto& project : pending) {
        console.print(
            "pending: " + project.project.text() + ", " + counted(project.attempts, "attempt") +
            " since " + format_rfc3339(project.since) + ": " + project.reason
        );
        waiting.push_back(json_of_pending(project));
    }
    console.present(JsonObject{
        {"dir", folder.path().string()},
        {"role", is_master ? "master" : "mirror"},
        {"upstream", is_master ? JsonValue() : JsonValue(folder.marker().upstream.value_or(""))},
        {"projects", projects.size()},
        {"serial", state.last_serial.value},
        {"last_modified", state.last_modified ? JsonValue(modified) : JsonValue()},
        {"pending", std::move(waiting)}});
    return ExitCode::done;
}

}  // namespace

void add_status(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"status",
         "Say what a folder holds, how new it is, and what waits to be taken in and why.",
         "mirror status --dir mirror1"}
    );
    auto folder = add_folder_option(verb);
    add_status_set(program, verb);
    program.set_action(verb, [folder](Console& console) { return show_status(*folder, console); });
}

}  // namespace heliograph::tools::mirror_commands
