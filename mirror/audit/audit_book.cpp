// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audit_book.hpp>

namespace heliograph::mirror {

using verify::Cause;

namespace {

// A page of a lower serial tells of an older state, which was true: behind, not false.
Cause cause_of_difference(const AuditedPage& here, const AuditedPage& there) {
    const bool behind = here.serial && there.serial && *here.serial < *there.serial;
    return behind ? Cause::stale_evidence : Cause::false_evidence;
}

}  // namespace

void AuditBook::find(
    std::string_view id, Cause cause, AuditEntry entry, verify::Severity severity
) {
    m_verdict.add(
        {.id = std::string(id),
         .severity = severity,
         .cause = cause,
         .subject = std::move(entry.subject),
         .expected = std::move(entry.expected),
         .seen = std::move(entry.seen),
         .source = m_source}
    );
}

Outcome AuditBook::note_failure(const std::string& subject, const Error& error) {
    if (error.code() == ErrorCode::cancelled) {
        return error;
    }
    find("not-answered", Cause::missing_evidence, {subject, "an answer", error.describe()});
    return {};
}

void AuditBook::compare_pages(
    const verify::ProjectName& project, const AuditedPage& here, const AuditedPage& there
) {
    if (there.status == "quarantined" && !here.files.empty()) {
        find(
            "quarantined-project-served",
            cause_of_difference(here, there),
            {"project " + project.text(),
             "no files, as its master quarantined it",
             std::to_string(here.files.size()) + " files"}
        );
        return;
    }
    compare_files(here, there);
}

void AuditBook::compare_files(const AuditedPage& here, const AuditedPage& there) {
    const auto cause = cause_of_difference(here, there);
    for (const auto& [name, file] : there.files) {
        const auto mine = here.files.find(name);
        const std::string subject = "file " + name;
        if (mine == here.files.end()) {
            find(
                "file-missing",
                here.serial ? cause : Cause::stale_evidence,
                {subject, "it, as on the master", "none"}
            );
        } else if (file.is_yanked && !mine->second.is_yanked) {
            find("yank-lost", cause, {subject, "its yanked mark, as on the master", "none"});
        }
    }
    for (const auto& [name, file] : here.files) {
        if (!there.files.contains(name)) {
            find(
                "removed-file-served",
                cause,
                {"file " + name, "nothing, as the master's page has no such file", "a link"}
            );
        }
    }
}

}  // namespace heliograph::mirror
