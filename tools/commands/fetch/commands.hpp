// SPDX-License-Identifier: Apache-2.0
// The commands of `fetch`: the program itself, and its verbs.
#pragma once

#include <tools/cli/program.hpp>
#include <tools/commands/fetch/fetch_options.hpp>

#include <memory>

namespace heliograph::tools::fetch_commands {

/// Also fills @p options, which the verbs share: every option of the program may follow a verb.
void add_fetch(Program& program, const std::shared_ptr<FetchOptions>& options);
void add_lock(Program& program, const std::shared_ptr<FetchOptions>& options);
void add_mirrors(Program& program, const std::shared_ptr<FetchOptions>& options);

}  // namespace heliograph::tools::fetch_commands
