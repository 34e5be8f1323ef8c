// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct ListOptions {
    std::shared_ptr<std::string> folder;
    std::string project;
};

Result<ExitCode> list_projects(const mirror::Catalog& catalog, Console& console) {
    HG_TRY(const auto projects, catalog.projects());
    JsonArray list;
    for (const auto& entry : projects) {
        console.print(entry.name.text());
        list.push_back(JsonObject{{"project", entry.name.text()}, {"serial", entry.serial.value}});
    }
    console.present(JsonObject{{"projects", std::move(list)}});
    return ExitCode::done;
}

// A project stays when its last file goes, and keeps its files back while it is quarantined.
Result<std::string> why_no_files(const mirror::Catalog& catalog, const verify::ProjectName& name) {
    const auto page = catalog.page_digest(name, verify::PageForm::json);
    if (!page && page.error().code() == ErrorCode::not_found) {
        return Error(
            ErrorCode::not_found, "expected a project " + name.text() + " here, there is none"
        );
    }
    HG_CHECK(page);
    HG_TRY(const auto withheld, catalog.withheld_files(name));
    const std::string kept = withheld.empty() ? std::string()
                                              : "; while it is quarantined, it keeps back " +
                                                    counted(withheld.size(), "file");
    return "project " + name.text() + " offers no files" + kept;
}

Result<ExitCode> list_files(
    const mirror::Catalog& catalog, const std::string& project, Console& console
) {
    HG_TRY(const auto name, usage_fault(verify::parse_project_name(project)));
    HG_TRY(const auto files, catalog.files(name));
    if (files.empty()) {
        HG_TRY(const auto note, why_no_files(catalog, name));
        console.say(note);
    }
    JsonArray list;
    for (const auto& file : files) {
        const std::string digest = file.path.digest().to_hex();
        console.print(digest + "  " + file.path.name().text());
        list.push_back(JsonObject{
            {"filename", file.path.name().text()},
            {"version", file.path.name().version().text()},
            {"sha256", digest},
            {"size", file.size_bytes}});
    }
    console.present(JsonObject{{"project", name.text()}, {"files", std::move(list)}});
    return ExitCode::done;
}

}  // namespace

void add_list(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"list",
         "List the projects of a master or mirror, or the files of one project as sha256sum does.",
         "mirror list --dir master\nmirror list --dir master setuptools"}
    );
    auto options = std::make_shared<ListOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("project", options->project, "Show the files of this project");
    program.set_action(verb, [options](Console& console) -> Result<ExitCode> {
        HG_TRY(const auto folder, open_mirror_folder(*options->folder));
        HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
        return options->project.empty() ? list_projects(*catalog, console)
                                        : list_files(*catalog, options->project, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
