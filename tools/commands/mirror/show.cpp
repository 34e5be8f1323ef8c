// SPDX-License-Identifier: Apache-2.0
// `mirror show`: all that a project's page says.
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <verify/index/page_json.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

namespace {

struct ShowOptions {
    std::shared_ptr<std::string> folder;
    std::string project;
};

template <typename T>
JsonValue text_or_null(const std::optional<T>& value, const std::function<std::string(T)>& text) {
    return value ? JsonValue(text(*value)) : JsonValue();
}

JsonValue json_of_file(const verify::PageFile& file) {
    const auto as_is = [](std::string text) { return text; };
    const auto hex = [](pki::Sha256 digest) { return digest.to_hex(); };
    return JsonObject{
        {"filename", file.name.text()},
        {"version", file.name.version().text()},
        {"sha256", file.sha256.to_hex()},
        {"size", file.size_bytes ? JsonValue(*file.size_bytes) : JsonValue()},
        {"upload_time", text_or_null<Instant>(file.upload_time, format_rfc3339)},
        {"requires_python", text_or_null<std::string>(file.requires_python, as_is)},
        {"yanked", file.yanked.has_value()},
        {"yanked_reason", text_or_null<std::string>(file.yanked, as_is)},
        {"metadata_sha256", text_or_null<pki::Sha256>(file.core_metadata, hex)},
        {"provenance_sha256", text_or_null<pki::Sha256>(file.provenance, hex)}};
}

std::string line_of(const verify::PageFile& file) {
    std::string line = "  " + file.name.text();
    if (file.size_bytes) {
        line += ", " + format_size(*file.size_bytes);
    }
    if (file.upload_time) {
        line += ", " + format_rfc3339(*file.upload_time);
    }
    if (file.requires_python) {
        line += ", Python " + visible(*file.requires_python);
    }
    if (file.provenance) {
        line += ", with provenance";
    }
    if (file.yanked) {
        line += file.yanked->empty() ? ", yanked" : ", yanked: " + visible(*file.yanked);
    }
    return line;
}

Result<ExitCode> show_project(const ShowOptions& options, Console& console) {
    HG_TRY(const auto name, usage_fault(verify::parse_project_name(options.project)));
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    HG_TRY(const auto stored, catalog->page(name, verify::PageForm::json));
    HG_TRY(const auto page, local_fault(verify::parse_page_json(text_of(stored.body))));
    HG_TRY(const auto withheld, catalog->withheld_files(name));
    const std::string status(verify::project_status_name(page.mark.status));
    console.print(
        page.name.text() + ", " + status +
        (page.mark.reason.empty() ? "" : " (" + visible(page.mark.reason) + ")") + ", serial " +
        std::to_string(page.serial.value)
    );
    JsonArray files;
    for (const auto& file : page.files) {
        console.print(line_of(file));
        files.push_back(json_of_file(file));
    }
    if (!withheld.empty()) {
        console.print("  " + counted(withheld.size(), "file") + " kept back");
    }
    JsonArray versions;
    for (auto& version : page.versions()) {
        versions.emplace_back(std::move(version));
    }
    console.present(JsonObject{
        {"project", page.name.text()},
        {"status", status},
        {"status_reason", page.mark.reason},
        {"serial", page.serial.value},
        {"versions", std::move(versions)},
        {"files", std::move(files)},
        {"withheld", withheld.size()}});
    return ExitCode::done;
}

}  // namespace

void add_show(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"show",
         "Show all that the page of one project says: status, versions, files and their marks.",
         "mirror show --dir master setuptools\nmirror show --dir copy setuptools --json"}
    );
    auto options = std::make_shared<ShowOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("project", options->project, "Name of the project")
        ->type_name("PROJECT")
        ->required();
    program.set_action(verb, [options](Console& console) {
        return show_project(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
