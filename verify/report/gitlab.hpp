// SPDX-License-Identifier: Apache-2.0
// Findings as a GitLab code quality report, which merge requests show.
#pragma once

#include <pki/base/json.hpp>
#include <verify/report/check_report.hpp>

namespace heliograph::verify {

/// An array with an object for each finding: `description`, `check_name`, `fingerprint` (equal
/// for the same finding of the same place in another run), `severity` (`info`, `minor`,
/// `critical`), `location` with `path` and `lines.begin`.
/// @thread Safe. @cost One digest a finding. @source GitLab, "Code Quality", "Code Quality report
/// format".
[[nodiscard]] JsonValue gitlab_of(const CheckReport& report);

}  // namespace heliograph::verify
