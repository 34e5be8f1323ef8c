// SPDX-License-Identifier: Apache-2.0
// The one command of `fetch`.
#pragma once

#include <tools/cli/program.hpp>

namespace heliograph::tools::fetch_commands {

void add_fetch(Program& program);

}  // namespace heliograph::tools::fetch_commands
