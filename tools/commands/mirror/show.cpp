// SPDX-License-Identifier: Apache-2.0
// `mirror show`: all that a project's page says.
#include <tools/cli/blame.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror/commands.hpp>
#include <tools/commands/mirror/folder_option.hpp>
#include <verify/index/page_json.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::mirror_commands {

namespace {

struct ShowOptions {
    std::shared_ptr<std::string> folder;
    std::string project;
    bool history = false;
};

// What people read at once; the changelog has all.
constexpr std::size_t most_events = 100;

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

std::string line_of(const mirror::JournalEvent& event) {
    std::string line = "  " + format_rfc3339(event.time) + ", serial " +
                       std::to_string(event.serial.value) + ", " +
                       std::string(mirror::journal_action_name(event.action));
    if (event.filename) {
        line += " " + event.filename->text();
    } else if (event.version) {
        line += " " + event.version->text();
    }
    return line + (event.reason ? ": " + visible(*event.reason) : "");
}

JsonValue json_of_event(const mirror::JournalEvent& event) {
    const auto as_is = [](std::string text) { return text; };
    return JsonObject{
        {"serial", event.serial.value},
        {"time", format_rfc3339(event.time)},
        {"action", mirror::journal_action_name(event.action)},
        {"filename", event.filename ? JsonValue(event.filename->text()) : JsonValue()},
        {"version", event.version ? JsonValue(event.version->text()) : JsonValue()},
        {"reason", text_or_null<std::string>(event.reason, as_is)}};
}

// A mirror has its journal from its upstream, and writes what it concludes itself where that is
// silent: removals after long absence, changes that it found in lists. No page's signature covers
// either, and the rows do not tell them apart.
enum class HistorySource { own_journal, mirror_journal };

constexpr std::string_view unsigned_words =
    "by the upstream's journal or, where that is silent, by what this mirror saw; nobody signs "
    "either";

HistorySource source_of(const mirror::MirrorMarker& marker) {
    return marker.role == mirror::MirrorRole::mirror ? HistorySource::mirror_journal
                                                     : HistorySource::own_journal;
}

std::string_view name_of(HistorySource source) {
    return source == HistorySource::own_journal ? "own-journal" : "mirror-journal-unsigned";
}

JsonArray show_history(
    const std::vector<mirror::JournalEvent>& events, HistorySource source, Console& console
) {
    if (source == HistorySource::mirror_journal && !events.empty()) {
        console.print("  " + std::string(unsigned_words) + ":");
    }
    JsonArray history;
    for (const auto& event : events) {
        console.print(line_of(event));
        history.push_back(json_of_event(event));
    }
    return history;
}

bool is_wanted(const mirror::MirrorMarker& marker, const verify::ProjectName& name) {
    return !marker.projects || marker.closure ||
           std::find(marker.projects->begin(), marker.projects->end(), name.text()) !=
               marker.projects->end();
}

// Why a project with a history has no page.
enum class Absence {
    not_wanted,  ///< This mirror keeps others alone.
    removed,     ///< The newest that is known of it is its removal.
    not_here,    ///< Nothing tells of a removal: wanted anew, or not to be had so far.
};

Absence absence_of(
    const mirror::MirrorMarker& marker,
    const verify::ProjectName& name,
    const std::vector<mirror::JournalEvent>& newest_first
) {
    if (!is_wanted(marker, name)) {
        return Absence::not_wanted;
    }
    const bool is_removed = !newest_first.empty() &&
                            newest_first.front().action == mirror::JournalAction::remove_project;
    return is_removed ? Absence::removed : Absence::not_here;
}

std::string_view name_of(Absence absence) {
    switch (absence) {
        case Absence::not_wanted:
            return "not-wanted";
        case Absence::removed:
            return "removed";
        case Absence::not_here:
            break;
    }
    return "not-here";
}

std::string words_of(Absence absence, HistorySource source) {
    const bool is_mirror = source == HistorySource::mirror_journal;
    switch (absence) {
        case Absence::not_wanted:
            return "not wanted by this mirror's filter; 'mirror filter' shows and changes it";
        case Absence::removed:
            return is_mirror ? "removed, " + std::string(unsigned_words) : "removed";
        case Absence::not_here:
            break;
    }
    return is_mirror ? "not here yet; 'mirror sync' gets it if the upstream has it" : "not here";
}

Result<ExitCode> show_former(
    const mirror::Catalog& catalog,
    const verify::ProjectName& name,
    const mirror::MirrorMarker& marker,
    Console& console
) {
    const HistorySource source = source_of(marker);
    HG_TRY(const auto events, catalog.newest_events(name, most_events));
    const Absence absence = absence_of(marker, name, events);
    console.print(name.text() + ", " + words_of(absence, source));
    auto history = show_history(events, source, console);
    console.present(JsonObject{
        {"project", name.text()},
        {"status", name_of(absence)},
        {"history_source", name_of(source)},
        {"history", std::move(history)}});
    return ExitCode::done;
}

Result<ExitCode> show_project(const ShowOptions& options, Console& console) {
    HG_TRY(const auto name, usage_fault(verify::parse_project_name(options.project)));
    HG_TRY(const auto folder, open_mirror_folder(*options.folder));
    HG_TRY(const auto catalog, local_fault(folder.open_catalog()));
    const auto found = catalog->page(name, verify::PageForm::json);
    if (options.history && !found && found.error().code() == ErrorCode::not_found) {
        HG_TRY(const auto former, catalog->newest_serial(name));
        if (former) {
            return show_former(*catalog, name, folder.marker(), console);
        }
    }
    HG_TRY(const auto stored, found);
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
    JsonObject shown{
        {"project", page.name.text()},
        {"status", status},
        {"status_reason", page.mark.reason},
        {"serial", page.serial.value},
        {"versions", std::move(versions)},
        {"files", std::move(files)},
        {"withheld", withheld.size()}};
    if (options.history) {
        const HistorySource source = source_of(folder.marker());
        HG_TRY(const auto events, catalog->newest_events(name, most_events));
        auto history = show_history(events, source, console);
        shown.emplace_back("history_source", name_of(source));
        shown.emplace_back("history", std::move(history));
    }
    console.present(std::move(shown));
    return ExitCode::done;
}

}  // namespace

void add_show(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"show",
         "Show all that the page of one project says: status, versions, files and their marks.",
         "mirror show --dir master setuptools\nmirror show --dir copy setuptools --json\n"
         "mirror show --dir master setuptools --history"}
    );
    auto options = std::make_shared<ShowOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option("project", options->project, "Name of the project")
        ->type_name("PROJECT")
        ->required();
    verb.add_flag(
        "--history",
        options->history,
        "Also what happened to it and why, from the journal: the newest 100 events, newest first"
    );
    program.set_action(verb, [options](Console& console) {
        return show_project(*options, console);
    });
}

}  // namespace heliograph::tools::mirror_commands
