// SPDX-License-Identifier: Apache-2.0
// The trust state on disk: what this user has seen of one authority's index. It lies in a file for
// each root that is trusted, so that a change of roots does not make it forgotten:
//
//   bundle of the old root     reads and writes old
//   bundle of both             reads old and new; raises both files to what either says
//   bundle of the new root     reads new
#pragma once

#include <pki/base/result.hpp>
#include <verify/gate/trust_state.hpp>

#include <filesystem>
#include <vector>

namespace heliograph::mirror {

/// @param files  One for each root.
/// @return  The highest serials of all of them; empty when there is no file yet.
/// @errors malformed, unsupported (then nothing can be trusted to be new: the message says what to
/// do), denied, io.
/// @thread Safe.
[[nodiscard]] Result<verify::TrustState> load_trust_state(
    const std::vector<std::filesystem::path>& files
);

/// Raises every file to @p state and to what the others say, each in one step, with other processes
/// locked out: serials never go back.
/// @param files  In one folder, which is made when missing.
/// @errors conflict (another process held the lock too long), denied, io, malformed.
/// @thread Safe.
[[nodiscard]] Outcome save_trust_state(
    const std::vector<std::filesystem::path>& files, const verify::TrustState& state
);

}  // namespace heliograph::mirror
