// SPDX-License-Identifier: Apache-2.0
// The judgement on a signed list of mirrors: signature, index, age, and that nobody goes back to an
// older edition. Opens no socket and no file.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/gate/mirrors_document.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace heliograph::verify {

/// A list as it was given.
struct MirrorsEvidence {
    ByteSpan document;
    std::optional<ByteSpan> signature;  ///< None: whoever gave the list had none.
    std::string source;                 ///< URL or file.
};

/// The newest edition that was accepted before.
struct SeenMirrors {
    std::uint64_t serial = 0;
    pki::Sha256 digest;  ///< Of its bytes.

    friend bool operator==(const SeenMirrors&, const SeenMirrors&) = default;
};

/// What the list must be.
struct MirrorsDemand {
    std::string index;  ///< TrustBundle::name.
    std::optional<SeenMirrors> seen = std::nullopt;
};

/// The verdict and, only when it is accepted, the list.
struct MirrorsJudgement {
    Verdict verdict;
    std::optional<MirrorsDocument> document;
};

/// Findings: `mirror-list-too-large`, `mirror-list-signature-missing`,
/// `mirror-list-signature-invalid`, `mirror-list-malformed`, `mirror-list-of-another-index`,
/// `mirror-list-rollback`, `mirror-list-forked` (the serial that was seen, with other bytes),
/// `mirror-list-expired`, and those of judge_signers(). A list whose signature does not hold is
/// not read at all, whatever the signers' policy.
/// @param signers  From judge_signers(), of the documents that came with the list.
/// @return         Bad evidence is findings, never an error.
/// @errors crypto. @thread Safe. @cost One pass and a signature check for each candidate.
[[nodiscard]] Result<MirrorsJudgement> judge_mirrors(
    const MirrorsEvidence& evidence, const SignerSet& signers, const MirrorsDemand& demand
);

}  // namespace heliograph::verify
