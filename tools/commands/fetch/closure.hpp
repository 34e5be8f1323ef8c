// SPDX-License-Identifier: Apache-2.0
// Everything that is needed for what is asked for: `--deps`, `fetch lock`.
#pragma once

#include <mirror/fetch/index_source.hpp>
#include <tools/cli/exit_code.hpp>
#include <tools/commands/fetch/fetch_house.hpp>
#include <tools/commands/fetch/wanted.hpp>

#include <variant>
#include <vector>

namespace heliograph::tools::fetch_commands {

/// One file for each project, by name.
using Closure = std::vector<mirror::ResolvedFile>;

/// The options of a run whose files are for somebody: without --python, for `python3`.
/// @errors invalid_argument (--no-verify or --file beside it).
[[nodiscard]] Result<FetchOptions> options_of_closure(FetchOptions options);

/// Finds versions that fit, by verified pages and metadata.
/// @return  An exit code when there are none, or when evidence is missing: the console was told
/// why.
/// @errors invalid_argument (hashes: a list that has them is a closure already); faults of this
/// machine.
[[nodiscard]] Result<std::variant<Closure, ExitCode>> find_closure(
    const Wanted& wanted, FetchHouse& house, Console& console
);

}  // namespace heliograph::tools::fetch_commands
