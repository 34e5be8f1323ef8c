// SPDX-License-Identifier: Apache-2.0
// Findings as workflow commands, which GitHub Actions shows beside the run and the files.
#pragma once

#include <verify/report/check_report.hpp>

#include <string>

namespace heliograph::verify {

/// `::error file=PLACE,title=ID::sentence`, a line a finding; `::warning` and `::notice` likewise;
/// at the end one `::notice` with how many items of how many hold.
/// @return  ASCII lines; no byte of a finding begins or ends a command. @thread Safe.
/// @cost One pass. @source GitHub, "Workflow commands"; the escapes are those of its toolkit:
/// `%`, CR and LF everywhere, in properties `:` and `,` too.
[[nodiscard]] std::string github_commands_of(const CheckReport& report);

}  // namespace heliograph::verify
