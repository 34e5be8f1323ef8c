// SPDX-License-Identifier: Apache-2.0
// The judgement on one project page: all evidence in, one verdict out. Opens no socket and no file.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/gate/trust_state.hpp>
#include <verify/index/project_page.hpp>
#include <verify/verdict/policy.hpp>
#include <verify/verdict/verdict.hpp>

#include <optional>
#include <string>

namespace heliograph::verify {

/// One page as served, with what came along.
struct PageEvidence {
    ProjectName wanted;  ///< The project that was asked for.
    PageForm form = PageForm::json;
    ByteSpan page;                      ///< Body as served.
    std::optional<ByteSpan> signature;  ///< Body of /serversig/...; none when the server has none.
    std::string source;                 ///< The mirror's base URL.
    /// For an HTML page: its JSON form, if that was judged before and accepted. It spares work,
    /// and changes no judgement.
    const ProjectPage* json = nullptr;
};

/// The verdict and, only when it is accepted, the page.
struct PageJudgement {
    Verdict verdict;
    std::optional<ProjectPage> page;  ///< Present if and only if the verdict is accepted.
};

/// Judges a page against signers that were judged before. Findings: `page-too-large`,
/// `page-malformed`, `page-name-mismatch`, `page-signature-missing`, `page-signature-invalid`,
/// `page-serial-rollback`, and those of judge_signers(). All defects are collected, but a
/// page without the signature that the policy demands is not read at all.
/// @param signers  From judge_signers(); it brings the policy.
/// @return         Bad evidence is findings, never an error.
/// @errors crypto.
/// @thread Safe. @cost One pass over the page and one signature check for each candidate.
/// @source PEP 381, "Mirror Authenticity"; PEP 503; PEP 691.
[[nodiscard]] Result<PageJudgement> judge_page(
    const PageEvidence& evidence, const SignerSet& signers, const TrustState& state
);

/// What a judgement stands on, besides the evidence itself.
struct JudgementBasis {
    const TrustBundle& trust;
    const TrustState& state;
    PagePolicy policy;
    Instant at;  ///< The instant at which certificates and lists must be valid.
};

/// Judges a page and its signer evidence in one call, for a single page.
/// @errors, @thread As above and judge_signers(). @cost Both.
[[nodiscard]] Result<PageJudgement> judge_page(
    const PageEvidence& evidence, const SignerEvidence& signer_evidence, const JudgementBasis& basis
);

}  // namespace heliograph::verify
