// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/journal_event.hpp>
#include <verify/index/project_status.hpp>
#include <verify/verdict/finding.hpp>

#include <array>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::array<std::pair<JournalAction, std::string_view>, 16> words{{
    {JournalAction::create_project, "create-project"},
    {JournalAction::add_release, "add-release"},
    {JournalAction::add_file, "add-file"},
    {JournalAction::remove_file, "remove-file"},
    {JournalAction::remove_release, "remove-release"},
    {JournalAction::remove_project, "remove-project"},
    {JournalAction::yank_file, "yank-file"},
    {JournalAction::unyank_file, "unyank-file"},
    {JournalAction::yank_release, "yank-release"},
    {JournalAction::unyank_release, "unyank-release"},
    {JournalAction::attest_file, "attest-file"},
    {JournalAction::quarantine_project, "quarantine-project"},
    {JournalAction::clear_quarantine, "clear-quarantine"},
    {JournalAction::change_status, "change-status"},
    {JournalAction::update_project, "update-project"},
    {JournalAction::change_evidence, "change-evidence"},
}};

// What an event of an action is about. Events that name a state of the pages have their digests;
// those of the others stand in an event that the same commit holds, or there are none.
enum class Shape { file, release, beginning, page, project, index };

Shape shape_of(JournalAction action) {
    switch (action) {
        case JournalAction::add_file:
        case JournalAction::remove_file:
        case JournalAction::yank_file:
        case JournalAction::unyank_file:
        case JournalAction::attest_file:
            return Shape::file;
        case JournalAction::remove_release:
        case JournalAction::yank_release:
        case JournalAction::unyank_release:
            return Shape::release;
        case JournalAction::add_release:
            return Shape::beginning;
        case JournalAction::quarantine_project:
        case JournalAction::clear_quarantine:
        case JournalAction::change_status:
        case JournalAction::update_project:
            return Shape::page;
        case JournalAction::create_project:
        case JournalAction::remove_project:
            return Shape::project;
        case JournalAction::change_evidence:
            break;
    }
    return Shape::index;
}

bool takes_reason(JournalAction action) {
    switch (action) {
        case JournalAction::yank_file:
        case JournalAction::unyank_file:
        case JournalAction::yank_release:
        case JournalAction::unyank_release:
        case JournalAction::quarantine_project:
        case JournalAction::clear_quarantine:
        case JournalAction::change_status:
            return true;
        default:
            return false;
    }
}

Outcome check_reason(const JournalEvent& event, const std::string& what) {
    if (!event.reason) {
        return {};
    }
    if (!takes_reason(event.action) || event.reason->empty() ||
        !verify::check_status_mark({.reason = *event.reason})) {
        return Error(
            ErrorCode::malformed,
            "expected " + what +
                " to have a reason in UTF-8 of 1 to 4096 bytes if it is a yank, an unyank or a "
                "status, and else none, it has '" +
                verify::printable(*event.reason) + "'"
        );
    }
    return {};
}

}  // namespace

std::string_view journal_action_name(JournalAction action) {
    for (const auto& [value, word] : words) {
        if (value == action) {
            return word;
        }
    }
    const bool is_enumerated = false;
    HG_ASSERT(is_enumerated);
    return {};
}

Result<JournalAction> parse_journal_action(std::string_view word) {
    for (const auto& [value, known] : words) {
        if (known == word) {
            return value;
        }
    }
    std::string all;
    for (const auto& [value, known] : words) {
        all += (all.empty() ? "" : ", ") + std::string(known);
    }
    return Error(
        ErrorCode::malformed,
        "expected a journal action (" + all + "), saw '" + verify::printable(word) + "'"
    );
}

Outcome check_shape(const JournalEvent& event) {
    const auto shape = shape_of(event.action);
    const bool fits =
        event.project.has_value() == (shape != Shape::index) &&
        event.filename.has_value() == (shape == Shape::file) &&
        event.version.has_value() == (shape == Shape::release || shape == Shape::beginning) &&
        event.pages.has_value() ==
            (shape == Shape::file || shape == Shape::release || shape == Shape::page);
    const std::string what = "journal event " + std::to_string(event.serial.value);
    if (!fits) {
        return Error(
            ErrorCode::malformed,
            "expected " + what + " to have exactly the members of its action " +
                std::string(journal_action_name(event.action)) + ", it has others"
        );
    }
    if (event.filename && event.filename->project() != *event.project) {
        return Error(
            ErrorCode::malformed,
            "expected " + what + " to name a file of project " + event.project->text() +
                ", it names " + event.filename->text()
        );
    }
    if (event.serial.value == 0 || event.serial > verify::max_serial) {
        return Error(
            ErrorCode::malformed, "expected a serial from 1 to 2^53 - 1, saw that of " + what
        );
    }
    return check_reason(event, what);
}

bool is_withdrawal(JournalAction action) {
    switch (action) {
        case JournalAction::remove_file:
        case JournalAction::remove_release:
        case JournalAction::remove_project:
        case JournalAction::yank_file:
        case JournalAction::yank_release:
        case JournalAction::quarantine_project:
            return true;
        default:
            return false;
    }
}

}  // namespace heliograph::mirror
