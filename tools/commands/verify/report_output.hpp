// SPDX-License-Identifier: Apache-2.0
// A finished report to people and scripts, and the exit code that it comes to.
#pragma once

#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <verify/report/check_report.hpp>

namespace heliograph::tools::verify_commands {

/// done, or by the worst of what is wrong with it.
[[nodiscard]] ExitCode exit_code_of(const verify::CheckedItem& item);

/// The worst of all items; not_found when there are none, for nothing was verified then.
[[nodiscard]] ExitCode exit_code_of(const verify::CheckReport& report);

/// Of each item `name`, `place`, `verified`, `exit_code`, `error`, `findings`, `checks`.
/// @thread Safe.
[[nodiscard]] JsonArray json_of_items(const verify::CheckReport& report);

/// Tells every item with all that was found, then `verified N of N NOUN`; in JSON `verified`,
/// `total`, `exit_code` and `results`.
[[nodiscard]] Result<ExitCode> conclude_report(
    Console& console, const verify::CheckReport& report, std::string_view noun, JsonArray results
);
/// With json_of_items() as results.
[[nodiscard]] Result<ExitCode> conclude_report(Console& console, const verify::CheckReport& report);

}  // namespace heliograph::tools::verify_commands
