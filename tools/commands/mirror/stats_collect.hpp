// SPDX-License-Identifier: Apache-2.0
// `mirror stats collect`.
#pragma once

#include <tools/cli/program.hpp>

#include <memory>
#include <string>

namespace heliograph::tools::mirror_commands {

/// @param folder  Of --dir of the group; filled when the command line is parsed.
void add_stats_collect(Program& program, CLI::App& group, std::shared_ptr<std::string> folder);

}  // namespace heliograph::tools::mirror_commands
