// SPDX-License-Identifier: Apache-2.0
// The trust state on disk: what this user has seen of one authority's index.
#pragma once

#include <pki/base/result.hpp>
#include <verify/gate/trust_state.hpp>

#include <filesystem>

namespace heliograph::mirror {

/// @return  The state; empty when there is no file yet.
/// @errors malformed, unsupported (then nothing can be trusted to be new: the message says what to
/// do), denied, io.
/// @thread Safe.
[[nodiscard]] Result<verify::TrustState> load_trust_state(const std::filesystem::path& file);

/// Raises what is stored to @p state, in one step, with other processes locked out: serials never
/// go back.
/// @param file  Its folder is made when missing.
/// @errors conflict (another process held the lock too long), denied, io, malformed.
/// @thread Safe.
[[nodiscard]] Outcome save_trust_state(
    const std::filesystem::path& file, const verify::TrustState& state
);

}  // namespace heliograph::mirror
