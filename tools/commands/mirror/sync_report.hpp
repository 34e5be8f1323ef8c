// SPDX-License-Identifier: Apache-2.0
// What a run of the sync engine did, told to people and to programs: the same words whether the
// changes came from a server or out of a bundle.
#pragma once

#include <mirror/sync/sync_run.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>

namespace heliograph::tools::mirror_commands {

/// The findings as an array, as every document of `--json` has them. @thread Safe.
[[nodiscard]] JsonValue json_of_verdict(const verify::Verdict& verdict);

/// A line for each project that is not unchanged, then one on the whole.
void report_run(Console& console, const mirror::SyncReport& report);

/// The same, and the document of `--json`.
/// @return What the program ends with: false evidence decides before everything else.
[[nodiscard]] ExitCode present_run(Console& console, const mirror::SyncReport& report);

}  // namespace heliograph::tools::mirror_commands
