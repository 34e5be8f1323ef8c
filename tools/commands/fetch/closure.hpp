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

struct Closure {
    std::vector<mirror::ResolvedFile> files;  ///< One for each project, by name.
    std::vector<mirror::PassedOver> passed_over;
};

/// The options of a run whose files are for somebody: without --python, for `python3`.
/// @errors invalid_argument (--no-verify or --file beside it).
[[nodiscard]] Result<FetchOptions> options_of_closure(FetchOptions options);

/// Finds versions that fit, by verified pages and metadata, of signers of whom the run has not
/// learnt by its end that they are revoked: else it searches anew.
/// @return  An exit code, and the console was told why: not_found when there are none, or none was
/// found within the limits of a search; evidence_missing when older ones would do because no mirror
/// has a project, which nobody signs; of other evidence that is missing, by what mirrors did.
/// @errors invalid_argument (hashes: a list that has them is a closure already); stale (a signer
/// was revoked during each of several searches); faults of this machine.
[[nodiscard]] Result<std::variant<Closure, ExitCode>> find_closure(
    const Wanted& wanted, FetchHouse& house, Console& console
);

/// `project`, `taken`, `newest`, `why`, `others` of each. @thread Safe.
[[nodiscard]] JsonArray json_of_passed_over(const Closure& closure);

}  // namespace heliograph::tools::fetch_commands
