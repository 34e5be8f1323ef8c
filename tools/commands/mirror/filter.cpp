// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_filter_form.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/filter_option.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

#include <memory>

namespace heliograph::tools::mirror_commands {

namespace {

struct FilterChoice {
    std::shared_ptr<std::string> folder;
    WantedChoice wanted;
    bool everything = false;
};

void present_filter(const mirror::MirrorFolder& folder, Console& console) {
    const auto& projects = folder.marker().projects;
    JsonValue names;
    if (projects) {
        for (const auto& name : *projects) {
            console.print(name);
        }
        names = JsonArray(projects->begin(), projects->end());
    } else {
        console.print("all projects");
    }
    if (folder.marker().closure) {
        console.print("and what these need, by their metadata");
    }
    for (const auto& line : describe_files(folder.marker().files)) {
        console.print("of these: " + line);
    }
    console.present(JsonObject{
        {"dir", folder.path().string()},
        {"projects", std::move(names)},
        {"closure", folder.marker().closure.has_value()},
        {"files", mirror::json_of_file_filter(folder.marker().files)}});
}

Result<ExitCode> filter(const FilterChoice& choice, Console& console) {
    HG_TRY(auto folder, open_mirror_folder(*choice.folder));
    if (folder.marker().role != mirror::MirrorRole::mirror) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the folder of a mirror, " + folder.path().string() +
                " is a master, which has what was published on it"
        );
    }
    if (choice.wanted.is_made() || choice.everything) {
        HG_TRY(const auto lock, folder.lock());
        // As it is now that nobody else writes it.
        HG_TRY(folder, open_mirror_folder(*choice.folder));
        mirror::WantedContent before;
        if (!choice.everything) {
            const auto& marker = folder.marker();
            before = {marker.projects, marker.files, marker.closure};
        }
        HG_TRY(auto wanted, wanted_content(choice.wanted, std::move(before)));
        HG_CHECK(folder.want(std::move(wanted)));
        console.say(
            "the next mirror sync applies it to what is here and to what is asked for; one that "
            "watches does so within half a minute"
        );
    }
    present_filter(folder, console);
    return ExitCode::done;
}

}  // namespace

void add_filter(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"filter",
         "Say, or change, which projects a mirror has, and which of their files.",
         "mirror filter --dir mirror1 --project requests urllib3\n"
         "mirror filter --dir mirror1 --latest 3 --platform 'manylinux*_x86_64' --min-age 7d\n"
         "mirror filter --dir mirror1 --all --lock pylock.toml"}
    );
    auto choice = std::make_shared<FilterChoice>();
    choice->folder = add_folder_option(verb);
    add_wanted_options(verb, choice->wanted);
    verb.add_flag(
        "--all",
        choice->everything,
        "Have every project and file of the upstream, but for what is said beside it"
    );
    program.set_action(verb, [choice](Console& console) { return filter(*choice, console); });
}

}  // namespace heliograph::tools::mirror_commands
