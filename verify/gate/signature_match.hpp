// SPDX-License-Identifier: Apache-2.0
// Private: which of the signers made a signature.
#pragma once

#include <pki/base/bytes.hpp>
#include <verify/gate/signer_set.hpp>

#include <optional>
#include <string>

namespace heliograph::verify {

/// Bytes that somebody signed, and from whom they come.
struct SignedEvidence {
    ByteSpan bytes;
    ByteSpan signature;
    std::string subject;  ///< What they are, for the words of a finding.
    std::string source;
};

/// A candidate whose key made the signature.
struct SignatureMatch {
    bool is_accepted = false;  ///< Whether signatures by this candidate count.
    Verdict verdict;           ///< The check that held, and all that is said of the candidate.
};

/// Looks among the accepted candidates first. A valid signature of a refused one brings that
/// candidate's findings: `signer-revoked` says more than an invalid signature.
/// @return None: nobody of them made it. @errors unsupported, crypto.
/// @thread Safe. @cost A pass over the bytes and a check for each candidate.
[[nodiscard]] Result<std::optional<SignatureMatch>> match_signature(
    const SignedEvidence& evidence, const SignerSet& signers
);

/// Whom a signature was expected of: the candidates' subjects, or the trust bundle's authority.
/// @thread Safe.
[[nodiscard]] std::string expected_signers(const SignerSet& signers);

}  // namespace heliograph::verify
