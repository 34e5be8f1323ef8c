// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/warehouse_event.hpp>

namespace heliograph::mirror {

namespace {

// `py2.py3` of a wheel's name, as written; `source` for a source archive.
std::string python_version_of(const verify::DistFileName& name) {
    if (name.kind() == verify::FileKind::sdist) {
        return "source";
    }
    // name-version(-build)-python-abi-platform.whl
    const std::string& text = name.text();
    const auto platform = text.rfind('-');
    const auto abi = text.rfind('-', platform - 1);
    const auto python = text.rfind('-', abi - 1);
    return text.substr(python + 1, abi - python - 1);
}

// Whatever a follower does not know it takes as "look at this project".
std::string action_text(const JournalEvent& event) {
    switch (event.action) {
        case JournalAction::create_project:
            return "create";
        case JournalAction::add_release:
            return "new release";
        case JournalAction::add_file:
            return "add " + python_version_of(*event.filename) + " file " + event.filename->text();
        case JournalAction::remove_file:
            return "remove file " + event.filename->text();
        case JournalAction::remove_release:
            return "remove release";
        case JournalAction::remove_project:
            return "remove project";
        // The main index yanks releases alone, and its followers know no word for a file. Its page
        // says which files they are.
        case JournalAction::yank_file:
        case JournalAction::yank_release:
            return "yank release";
        case JournalAction::unyank_file:
        case JournalAction::unyank_release:
            return "unyank release";
        case JournalAction::attest_file:
            return "attest file " + event.filename->text();
        case JournalAction::quarantine_project:
            return "project quarantined";
        case JournalAction::clear_quarantine:
            return "project quarantine cleared";
        case JournalAction::change_status:
            // Not `change ...`: those who follow take that for a change of people's roles.
            return "project status changed";
        case JournalAction::update_project:
            return "update project";
        case JournalAction::change_evidence:
            break;
    }
    return "";
}

}  // namespace

std::optional<WarehouseEvent> to_warehouse_event(const JournalEvent& event) {
    if (!event.project) {
        return std::nullopt;
    }
    WarehouseEvent row{
        .name = event.project->text(),
        .version = std::nullopt,
        .time = event.time,
        .action = {},
        .serial = event.serial};
    if (event.filename) {
        row.version = event.filename->version().text();
    } else if (event.version) {
        row.version = event.version->text();
    }
    row.action = action_text(event);
    return row;
}

}  // namespace heliograph::mirror
