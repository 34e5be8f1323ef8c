// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/journal_event.hpp>
#include <verify/verdict/finding.hpp>

#include <array>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::array<std::pair<JournalAction, std::string_view>, 4> words{{
    {JournalAction::add_file, "add-file"},
    {JournalAction::remove_file, "remove-file"},
    {JournalAction::remove_project, "remove-project"},
    {JournalAction::change_evidence, "change-evidence"},
}};

struct Shape {
    bool project;
    bool file;
};

Shape shape_of(JournalAction action) {
    switch (action) {
        case JournalAction::add_file:
        case JournalAction::remove_file:
            return {.project = true, .file = true};
        case JournalAction::remove_project:
            return {.project = true, .file = false};
        case JournalAction::change_evidence:
            break;
    }
    return {.project = false, .file = false};
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
    return Error(
        ErrorCode::malformed,
        "expected a journal action (add-file, remove-file, remove-project, change-evidence), saw "
        "'" +
            verify::printable(word) + "'"
    );
}

Outcome check_shape(const JournalEvent& event) {
    const auto shape = shape_of(event.action);
    const bool fits = event.project.has_value() == shape.project &&
                      event.filename.has_value() == shape.file &&
                      event.pages.has_value() == shape.file;
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
    return {};
}

}  // namespace heliograph::mirror
