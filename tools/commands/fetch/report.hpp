// SPDX-License-Identifier: Apache-2.0
// What `fetch` tells of one requirement, to people and in JSON, and its exit code.
#pragma once

#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/commands/fetch/parallel_fetch.hpp>

namespace heliograph::tools::fetch_commands {

/// What one mirror did wrong, as an error or a warning.
void report_failure(
    Console& console, const mirror::MirrorFailure& failure, verify::Severity severity
);
[[nodiscard]] JsonArray json_of_failures(const std::vector<mirror::MirrorFailure>& failures);

/// Every mirror that failed with what it did, then the file or its absence; or the error.
void report_answer(
    Console& console, const mirror::Requirement& requirement, const FetchAnswer& answer
);

/// `requirement`, `file` (null without one), `failures`, and `error` (null unless it is ours).
[[nodiscard]] JsonValue json_of_answer(
    const mirror::Requirement& requirement, const FetchAnswer& answer
);

/// done with a file; else by the failures: false evidence before missing before stale; not_found
/// when all agree on it; network otherwise. That of an error by itself.
[[nodiscard]] ExitCode exit_code_of_answer(const FetchAnswer& answer);

}  // namespace heliograph::tools::fetch_commands
