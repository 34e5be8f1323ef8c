// SPDX-License-Identifier: Apache-2.0
// How `pki rollover` tells of a rollover: to people and as JSON.
#pragma once

#include <pki/authority/rollover.hpp>
#include <tools/cli/console.hpp>

namespace heliograph::tools::pki_commands {

/// Everything: steps, what was simulated, certificates that remain.
void print_rollover(Console& console, const pki::RolloverReport& report);

/// target, phase, old, new, steps with simulation, remaining, renewed, warnings.
[[nodiscard]] JsonValue json_of_rollover(const pki::RolloverReport& report, Instant now);

}  // namespace heliograph::tools::pki_commands
