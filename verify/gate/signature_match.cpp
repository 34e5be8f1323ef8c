// SPDX-License-Identifier: Apache-2.0
#include <verify/detached/page_signature.hpp>
#include <verify/gate/signature_match.hpp>

#include <utility>

namespace heliograph::verify {

namespace {

enum class Standing { accepted, refused };

Standing standing_of(const SignerSet::Candidate& candidate) {
    return candidate.verdict.accepted() ? Standing::accepted : Standing::refused;
}

Result<std::optional<SignatureMatch>> match_among(
    const SignedEvidence& evidence, const SignerSet& signers, Standing wanted
) {
    for (const SignerSet::Candidate& candidate : signers.candidates()) {
        if (standing_of(candidate) != wanted) {
            continue;
        }
        HG_TRY(
            auto verdict,
            check_page_signature(
                candidate.certificate.public_key(),
                pki::SignedBytes(evidence.bytes),
                pki::SignatureBytes(evidence.signature),
                {evidence.subject, candidate.certificate.subject(), evidence.source}
            )
        );
        if (verdict.accepted()) {
            SignatureMatch match{wanted == Standing::accepted, std::move(verdict)};
            match.verdict.merge(candidate.verdict);
            return std::optional(std::move(match));
        }
    }
    return std::optional<SignatureMatch>();
}

}  // namespace

Result<std::optional<SignatureMatch>> match_signature(
    const SignedEvidence& evidence, const SignerSet& signers
) {
    HG_TRY(auto accepted, match_among(evidence, signers, Standing::accepted));
    if (accepted) {
        return accepted;
    }
    return match_among(evidence, signers, Standing::refused);
}

std::string expected_signers(const SignerSet& signers) {
    std::string who;
    for (const SignerSet::Candidate& candidate : signers.candidates()) {
        who += (who.empty() ? "" : " or ") + candidate.certificate.subject();
    }
    return who.empty() ? "a signer of the trust bundle's authority" : who;
}

}  // namespace heliograph::verify
