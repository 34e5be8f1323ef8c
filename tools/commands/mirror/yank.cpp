// SPDX-License-Identifier: Apache-2.0
// `mirror yank` and `mirror unyank`. PEP 592.
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/mirror/target_option.hpp>

#include <CLI/App.hpp>

#include <optional>

namespace heliograph::tools::mirror_commands {

namespace {

struct YankOptions {
    std::shared_ptr<std::string> folder;
    std::vector<std::string> target;
    std::string reason;
    CLI::Option* reason_given = nullptr;
};

enum class YankVerb { yank, unyank };

// None: a yank keeps what was said before.
std::optional<std::string> reason_of(const YankOptions& options) {
    return options.reason_given->count() > 0 ? std::optional(options.reason) : std::nullopt;
}

Result<ExitCode> change_yank(
    const YankOptions& options, YankVerb verb, OpenMaster& master, Console& console
) {
    HG_TRY(const auto target, parse_target(options.target));
    const SystemClock clock;
    auto publisher = master.publisher(clock, console.events());
    const bool yanks = verb == YankVerb::yank;
    HG_TRY(
        const auto revision,
        yanks ? publisher.yank(target, reason_of(options))
              : publisher.unyank(target, reason_of(options))
    );
    const std::string what = describe_target(target);
    const std::string state = yanks ? "yanked" : "offered";
    const bool changed = revision.effect == mirror::Revision::Effect::changed;
    console.say(
        changed ? (yanks ? "yanked " : "unyanked ") + what + ", serial " +
                      std::to_string(revision.serial.value)
                : "unchanged: " + what + " is " + state + " already"
    );
    console.present(JsonObject{
        {"target", what},
        {"yanked", yanks},
        {"outcome", changed ? "changed" : "same"},
        {"serial", revision.serial.value}});
    return ExitCode::done;
}

}  // namespace

void add_yank(Program& program) {
    auto& yank = program.add_verb(
        program.root(),
        {"yank",
         "Mark a release, or one file, so that installers pass over it unless it is pinned.",
         "mirror yank --dir master hello-heliograph 1.0.0 --reason 'does not start'\n"
         "mirror yank --dir master hello_heliograph-1.0.0.tar.gz"}
    );
    auto options = std::make_shared<YankOptions>();
    options->folder = add_folder_option(yank);
    add_target_option(yank, options->target);
    options->reason_given =
        yank.add_option(
                "--reason",
                options->reason,
                "What people are told; shown by installers [what a former yank said]"
        )
            ->type_name("TEXT");
    program.set_action(yank, [options](Console& console) {
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return change_yank(*options, YankVerb::yank, master, console);
        });
    });
}

void add_unyank(Program& program) {
    auto& unyank = program.add_verb(
        program.root(),
        {"unyank",
         "Take the mark of a yank away.",
         "mirror unyank --dir master hello-heliograph 1.0.0\n"
         "mirror unyank --dir master hello-heliograph 1.0.0 --reason 'it was the driver'"}
    );
    auto options = std::make_shared<YankOptions>();
    options->folder = add_folder_option(unyank);
    add_target_option(unyank, options->target);
    options->reason_given = unyank
                                .add_option(
                                    "--reason",
                                    options->reason,
                                    "Why it is offered again; kept in the journal: see mirror show "
                                    "--history"
                                )
                                ->type_name("TEXT");
    program.set_action(unyank, [options](Console& console) {
        return with_master(*options->folder, console, [&](OpenMaster& master) {
            return change_yank(*options, YankVerb::unyank, master, console);
        });
    });
}

}  // namespace heliograph::tools::mirror_commands
