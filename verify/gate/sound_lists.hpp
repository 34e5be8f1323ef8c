// SPDX-License-Identifier: Apache-2.0
// Which revocation lists of an answer are worth keeping for judgements to come.
#pragma once

#include <verify/gate/signer_set.hpp>

#include <string>

namespace heliograph::verify {

/// Those lists of the evidence that speak of the chain of one of its signers and are signed by the
/// authority they speak for, not from the future; what else a server puts there could only push
/// them aside where room is bounded. A list that is over stays: what it names is revoked for good.
/// @return PEM; empty when there are none, also for evidence that cannot be read.
/// @errors crypto. @thread Safe. @cost A judgement of a chain for each list and signer.
/// @source RFC 5280 section 6.3.3.
[[nodiscard]] Result<std::string> sound_lists(
    const SignerEvidence& evidence, const TrustBundle& trust, Instant at
);

}  // namespace heliograph::verify
