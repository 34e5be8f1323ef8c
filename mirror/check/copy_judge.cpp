// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_judge.hpp>
#include <mirror/fleet/index_path.hpp>

namespace heliograph::mirror {

namespace {

std::optional<ByteSpan> copied_view(const std::optional<Bytes>& document) {
    return document ? std::optional<ByteSpan>(*document) : std::nullopt;
}

}  // namespace

Result<CopyJudge> CopyJudge::open(const IndexCopy& copy, const verify::JudgementBasis& basis) {
    HG_TRY(const auto chain, copy.evidence(signer_chain_path));
    HG_TRY(const auto lists, copy.evidence(revocation_lists_path));
    HG_TRY(
        auto signers,
        verify::judge_signers(
            {.chain_pem = copied_view(chain),
             .revocation_pem = copied_view(lists),
             .source = copy.source()},
            basis.trust,
            basis.policy,
            basis.at
        )
    );
    return CopyJudge(copy, basis.state, std::move(signers));
}

Result<verify::PageJudgement> CopyJudge::page(
    const verify::ProjectName& project, verify::PageForm form
) const {
    HG_TRY(const auto page, m_copy->page(project, form));
    if (!page) {
        verify::PageJudgement absent;
        absent.verdict.add(
            {.id = "project-not-found",
             .cause = verify::Cause::not_found,
             .subject = "page of project " + project.text(),
             .expected = "it to be there",
             .seen = "none",
             .source = m_copy->place_of(project, form)}
        );
        return absent;
    }
    return verify::judge_page(
        {.wanted = project,
         .form = form,
         .page = page->body,
         .signature = copied_view(page->signature),
         .source = m_copy->place_of(project, form)},
        m_signers,
        *m_state
    );
}

}  // namespace heliograph::mirror
