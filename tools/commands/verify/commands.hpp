// SPDX-License-Identifier: Apache-2.0
// The verbs of `verify`, one file each.
#pragma once

#include <tools/cli/program.hpp>

namespace heliograph::tools::verify_commands {

void add_bundle(Program& program);
void add_exec(Program& program);
void add_file(Program& program);
void add_index(Program& program);
void add_lock(Program& program);
void add_page(Program& program);
void add_proxy(Program& program);
void add_tree(Program& program);
void add_trust(Program& program);

}  // namespace heliograph::tools::verify_commands
