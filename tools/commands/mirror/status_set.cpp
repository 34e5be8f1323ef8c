// SPDX-License-Identifier: Apache-2.0
// `mirror status set`. PEP 792.
#include <tools/cli/blame.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/master.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <optional>

namespace heliograph::tools::mirror_commands {

namespace {

struct StatusSetOptions {
    std::shared_ptr<std::string> folder;
    std::string status;
    std::string project;
    std::string reason;
    CLI::Option* reason_given = nullptr;
};

Result<ExitCode> change_status(
    const StatusSetOptions& options, OpenMaster& master, Console& console
) {
    HG_TRY(const auto project, usage_fault(verify::parse_project_name(options.project)));
    HG_TRY(const auto status, verify::parse_project_status(options.status));
    const SystemClock clock;
    auto publisher = master.publisher(clock, console.events());
    HG_TRY(
        const auto revision,
        publisher.set_status(
            project,
            status,
            options.reason_given->count() > 0 ? std::optional(options.reason) : std::nullopt
        )
    );
    const bool changed = revision.effect == mirror::Revision::Effect::changed;
    console.say(
        (changed ? "" : "unchanged: ") + project.text() + " is " + options.status +
        (changed ? ", serial " + std::to_string(revision.serial.value) : " already")
    );
    console.present(JsonObject{
        {"project", project.text()},
        {"status", options.status},
        {"reason", options.reason_given->count() > 0 ? JsonValue(options.reason) : JsonValue()},
        {"outcome", changed ? "changed" : "same"},
        {"serial", revision.serial.value}});
    return ExitCode::done;
}

}  // namespace

void add_status_set(
    Program& program, CLI::App& status, const std::shared_ptr<std::string>& folder
) {
    auto& verb = program.add_verb(
        status,
        {"set",
         "Give a project of a master a status: archived takes no files, quarantined offers none.",
         "mirror status set quarantined hello-heliograph --dir master --reason 'malware report'"}
    );
    auto options = std::make_shared<StatusSetOptions>();
    options->folder = folder;
    verb.add_option("status", options->status, "The new status")
        ->check(CLI::IsMember({"active", "archived", "deprecated", "quarantined"}))
        ->required();
    verb.add_option("project", options->project, "Name of the project")
        ->type_name("PROJECT")
        ->required();
    options->reason_given =
        verb.add_option(
                "--reason",
                options->reason,
                "What people are told [of the same status, what was said before]"
        )
            ->type_name("TEXT");
    program.set_action(verb, [options](Console& console) {
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return change_status(*options, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
