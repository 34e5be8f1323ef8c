// SPDX-License-Identifier: Apache-2.0
// Who may sign pages, judged once: chain and revocation of every candidate, so that each page costs
// one signature check.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/x509/certificate.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace heliograph::verify {

/// What a server gave about its signer. The bytes are only looked at while the set is made.
struct SignerEvidence {
    std::optional<ByteSpan> chain_pem;  ///< Body of /serverkey.crt; none when the server has none.
    std::optional<ByteSpan>
        revocation_pem;  ///< Body of /serverkey.crl; none when the server has none.
    std::string source;  ///< The mirror's base URL.
    /// Signers that are known from elsewhere to be taken back, as SignerSet::revoked() of another
    /// mirror's evidence tells: whoever hides that, or does not know it yet, must not undo it.
    std::span<const pki::Sha256> revoked = {};
};

/// Candidates with what is to be said against each of them, at one instant, under one policy.
/// @thread Immutable; safe to share.
class SignerSet {
  public:
    struct Candidate {
        pki::Certificate certificate;
        Verdict verdict;  ///< Accepted: signatures by this certificate count.
    };

    [[nodiscard]] const std::vector<Candidate>& candidates() const { return m_candidates; }

    /// What is wrong with the evidence as a whole: `signer-chain-missing`,
    /// `signer-chain-malformed`, `revocation-missing`, `revocation-malformed`.
    [[nodiscard]] const std::vector<Finding>& findings() const { return m_findings; }

    [[nodiscard]] const PagePolicy& policy() const { return m_policy; }
    [[nodiscard]] Instant judged_at() const { return m_judged_at; }

    /// Whether at least one candidate may sign and nothing is wrong with the evidence as a whole.
    [[nodiscard]] bool usable() const;

    /// Fingerprints of candidates that their authority has taken back, beyond doubt: nothing else
    /// of their chains and lists is false.
    [[nodiscard]] std::vector<pki::Sha256> revoked() const;

    /// Findings on the whole and on all candidates in one verdict.
    [[nodiscard]] Verdict verdict() const;

  private:
    friend class SignerSetMaker;
    SignerSet() = default;

    std::vector<Candidate> m_candidates;
    std::vector<Finding> m_findings;
    PagePolicy m_policy;
    Instant m_judged_at;
};

/// Judges the signer evidence of one server. Per candidate the findings are
/// `signer-chain-untrusted`, `signer-expired`, `signer-not-yet-valid`, `signer-wrong-purpose`,
/// `signer-chain-invalid`, `signer-revoked`, `revocation-missing`, `revocation-stale`,
/// `revocation-malformed`.
/// @param at  The instant at which chains and lists must be valid. Make the set anew when it is
/// older than a few minutes.
/// @return    A set; bad evidence is findings, never an error.
/// @errors crypto, internal.
/// @thread Safe. @cost A few signature checks for each candidate.
/// @source RFC 5280 section 6.
[[nodiscard]] Result<SignerSet> judge_signers(
    const SignerEvidence& evidence, const TrustBundle& trust, const PagePolicy& policy, Instant at
);

}  // namespace heliograph::verify
