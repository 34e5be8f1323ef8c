// SPDX-License-Identifier: Apache-2.0
// Pages of a copy at rest, judged by their signatures as pages of a server are.
#pragma once

#include <mirror/check/index_copy.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/gate/signer_set.hpp>

namespace heliograph::mirror {

/// @thread One thread.
class CopyJudge {
  public:
    /// Judges the copy's signers once. @param basis  Outlives the judge; so does @p copy.
    /// @errors Those of IndexCopy::evidence() and verify::judge_signers().
    [[nodiscard]] static Result<CopyJudge> open(
        const IndexCopy& copy, const verify::JudgementBasis& basis
    );

    [[nodiscard]] const verify::SignerSet& signers() const { return m_signers; }

    /// A page that is not there is a verdict with the finding `project-not-found`; otherwise the
    /// findings are those of verify::judge_page().
    /// @errors io, denied, too_large; crypto. @cost One read, one signature check.
    [[nodiscard]] Result<verify::PageJudgement> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const;

  private:
    CopyJudge(const IndexCopy& copy, const verify::TrustState& state, verify::SignerSet signers)
        : m_copy(&copy), m_state(&state), m_signers(std::move(signers)) {}

    const IndexCopy* m_copy;
    const verify::TrustState* m_state;
    verify::SignerSet m_signers;
};

}  // namespace heliograph::mirror
