// SPDX-License-Identifier: Apache-2.0
// Private: the two forms of one page with their signatures, and the judgement on both together.
#pragma once

#include <mirror/store/catalog.hpp>
#include <mirror/sync/plan.hpp>
#include <mirror/sync/served_page.hpp>
#include <verify/gate/page_gate.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

/// None of a project that is not here. @errors As Catalog.
[[nodiscard]] Result<std::optional<LocalPages>> read_local_pages(
    const Catalog& catalog, const verify::ProjectName& project
);

/// Of the bodies, as they are. @thread Safe. @cost Hashes both.
[[nodiscard]] PageDigests digests_of(const PageSet& pages);

/// Whether the catalogue answers the task already. What a record names was durable before it.
[[nodiscard]] bool is_here(const ProjectTask& task, const std::optional<LocalPages>& local);

/// What both pages are judged by, besides the bytes.
struct PageSetBasis {
    const verify::SignerSet& signers;
    const verify::TrustState& state;
    const ProjectTask& task;
    std::string source;
};

/// The page gate on both forms; then that they describe the same files at the same serial, and that
/// the journal's word on them holds. Findings beyond the gate's: `page-forms-differ`,
/// `page-serial-stale`, `page-digest-mismatch`.
/// @return The JSON form's page if and only if the verdict is accepted.
/// @errors crypto.
[[nodiscard]] Result<verify::PageJudgement> judge_page_set(
    const PageSet& pages, const PageSetBasis& basis
);

/// A form of this page as the catalogue keeps it.
[[nodiscard]] StoredPage stored_form(const ServedPage& form, const verify::ProjectPage& page);

}  // namespace heliograph::mirror
