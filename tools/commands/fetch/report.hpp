// SPDX-License-Identifier: Apache-2.0
// What `fetch` tells of one requirement, to people and in JSON, and its exit code.
#pragma once

#include <mirror/fetch/fetch_session.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>

namespace heliograph::tools::fetch_commands {

/// Every mirror that failed with what it did, then the file or its absence.
void report_outcome(
    Console& console, const mirror::Requirement& requirement, const mirror::FetchOutcome& outcome
);

/// `requirement`, `file` (null without one) and `failures`.
[[nodiscard]] JsonValue json_of_outcome(
    const mirror::Requirement& requirement, const mirror::FetchOutcome& outcome
);

/// done with a file; else by the failures: false evidence before missing before stale; not_found
/// when all agree on it; network otherwise.
[[nodiscard]] ExitCode exit_code_of_outcome(const mirror::FetchOutcome& outcome);

}  // namespace heliograph::tools::fetch_commands
