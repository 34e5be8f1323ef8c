// SPDX-License-Identifier: Apache-2.0
// What a project's page says about the project as a whole. PEP 792.
#pragma once

#include <pki/base/result.hpp>

#include <string>
#include <string_view>

namespace heliograph::verify {

enum class ProjectStatus {
    active,       ///< The rule; also when a page says nothing.
    archived,     ///< Takes no further files; those that are there are offered.
    deprecated,   ///< As active: a hint to people.
    quarantined,  ///< Takes no files and offers none.
};

/// A status with its reason, which may be empty: then there is none.
struct StatusMark {
    ProjectStatus status = ProjectStatus::active;
    std::string reason;

    friend bool operator==(const StatusMark&, const StatusMark&) = default;
};

/// The word of a status: `active`... @thread Safe. @cost None. @source PEP 792.
[[nodiscard]] std::string_view project_status_name(ProjectStatus status);

/// @errors malformed (no such status). @thread Safe. @cost None.
[[nodiscard]] Result<ProjectStatus> parse_project_status(std::string_view word);

/// Checks a mark that is to stand on a page: a reason of at most limits::status_reason_bytes,
/// UTF-8 without control characters.
/// @errors malformed, too_large. @thread Safe. @cost One pass.
[[nodiscard]] Outcome check_status_mark(const StatusMark& mark);

/// Whether a project of this status takes new files. @source PEP 792.
[[nodiscard]] constexpr bool takes_files(ProjectStatus status) {
    return status == ProjectStatus::active || status == ProjectStatus::deprecated;
}

}  // namespace heliograph::verify
