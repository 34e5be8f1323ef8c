// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/list_audit.hpp>
#include <pki/base/bytes.hpp>

#include <string>

namespace heliograph::mirror {

namespace {

using verify::Cause;

// Each costs a request to the master.
constexpr std::size_t most_removed = 100;
// Each is a finding of its own; the rest are one together.
constexpr std::size_t most_missing = 20;

Outcome check_removed(AuditClient& master, AuditBook& book, const verify::ProjectName& project) {
    const auto document = master.page(project);
    if (!document) {
        return book.note_failure("master's page of " + project.text(), document.error());
    }
    if (says_absent(document->response.status)) {
        book.find(
            "removed-project-served",
            Cause::false_evidence,
            {"project " + project.text(),
             "nothing, as its master has no such project",
             "a place in the list"}
        );
    }
    return {};
}

// Whoever is behind may not know of it yet; whoever is not, or says no serial, hides it.
void note_missing(AuditBook& book, const AuditedList& here, const AuditedList& there) {
    const bool is_behind = here.serial && there.serial && *here.serial < *there.serial;
    const auto cause = is_behind ? Cause::stale_evidence : Cause::false_evidence;
    std::size_t missing = 0;
    for (const auto& [project, serial] : there.projects) {
        if (!here.projects.contains(project) && ++missing <= most_missing) {
            book.find(
                "project-missing",
                cause,
                {"project " + project.text(),
                 "a place in the list, as its master's has",
                 is_behind ? "none, in a list of a lower serial" : "none"}
            );
        }
    }
    if (missing > most_missing) {
        book.find(
            "project-missing",
            cause,
            {"list of projects",
             "all " + std::to_string(there.projects.size()) + " of its master",
             std::to_string(missing) + " are missing, among them those named"}
        );
    }
    if (missing == 0) {
        book.pass("projects of the master");
    }
}

}  // namespace

Result<AuditedList> audit_lists(AuditClient& master, AuditBook& book, const AuditedList& here) {
    HG_TRY(const auto document, master.get(AuditClient::list_question()));
    auto there = parse_audited_list(text_of(document.body));
    if (!there) {
        return std::move(there).error().at(master.source());
    }
    if (there->serial && here.serial && *here.serial < *there->serial) {
        book.find(
            "mirror-behind",
            Cause::stale_evidence,
            {"list of projects",
             "serial " + std::to_string(there->serial->value) + ", as its master has",
             "serial " + std::to_string(here.serial->value)},
            verify::Severity::warning
        );
    }
    note_missing(book, here, *there);
    std::size_t asked = 0;
    for (const auto& [project, serial] : here.projects) {
        if (!there->projects.contains(project) && asked++ < most_removed) {
            HG_CHECK(check_removed(master, book, project));
        }
    }
    return there;
}

}  // namespace heliograph::mirror
