// SPDX-License-Identifier: Apache-2.0
// Why a mirror did not deliver, and what that says of it.
#pragma once

#include <mirror/fleet/mirror_health.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/error.hpp>
#include <verify/verdict/verdict.hpp>

#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Why one mirror did not deliver: it could not be asked (an error), or what it gave was judged
/// (findings).
struct MirrorFailure {
    std::string mirror;  ///< Base URL.
    std::optional<Error> error;
    std::vector<verify::Finding> findings;
    MirrorEvent event =
        MirrorEvent::nothing;   ///< What it says of the mirror, if others did deliver.
    std::string evidence = {};  ///< The file with the proof, when the mirror was banned for this.
};

/// Failures of this machine or of the question; another mirror would not help. @thread Safe.
[[nodiscard]] bool ends_the_fetch(const Error& error);

/// A verdict that is not accepted. Wrong bytes are corrupt, other false evidence is hostile, an old
/// state, or one of a revoked signer, is behind, what is missing or stale is incomplete.
/// @thread Safe. @cost Linear in the findings.
[[nodiscard]] MirrorFailure failure_of(const Url& mirror, const verify::Verdict& verdict);

/// A request that failed. A body over its limit was given to us, so it is judged like other
/// evidence that is wrong. @thread Safe.
[[nodiscard]] MirrorFailure failure_of(const Url& mirror, Error error);

/// It gave false evidence earlier in this run (`mirror-distrusted`). @thread Safe.
[[nodiscard]] MirrorFailure distrusted_earlier(const Url& mirror);

/// It is banned (`mirror-banned`) or rests, so it was not asked at all; none when it was usable.
/// @thread Safe.
[[nodiscard]] std::optional<MirrorFailure> not_asked(
    const Url& mirror, const MirrorHealth& health, Instant now
);

/// Its part of a file that several mirrors gave was wrong (`file-part-mismatch`): another mirror's
/// whole file is right. @thread Safe.
[[nodiscard]] MirrorFailure wrong_part(
    const std::string& mirror, const std::string& file, const std::string& other
);

/// Whether a finding says that evidence was given and is false. @thread Safe.
[[nodiscard]] bool has_false_evidence(const MirrorFailure& failure);

/// Whether the mirror claims that its filter leaves the file out: that the file does not exist is
/// not said by that. @thread Safe.
[[nodiscard]] bool claims_to_leave_out(const MirrorFailure& failure);

/// Whether it says something of bytes that were given, and not that none were. @thread Safe.
[[nodiscard]] bool is_about_bytes(const MirrorFailure& failure);

}  // namespace heliograph::mirror
