// SPDX-License-Identifier: Apache-2.0
// Private: the upstream's word on who may sign, judged, and kept for the mirror's own clients.
#pragma once

#include <mirror/sync/plan.hpp>
#include <mirror/sync/sync_run.hpp>
#include <verify/gate/signer_set.hpp>

namespace heliograph::mirror {

enum class EvidenceChange { same, changed };

struct TakenEvidence {
    verify::SignerSet signers;
    EvidenceChange change = EvidenceChange::same;
};

/// Gets and judges the upstream's signer evidence; stores it when it is usable and new. A mirror
/// serves no /serverkey: PEP 381 leaves that to the master.
/// @errors As Upstream and Catalog.
[[nodiscard]] Result<TakenEvidence> take_signer_evidence(
    const SyncParts& parts, const verify::PagePolicy& policy
);

/// The judgement of the evidence that is stored here.
[[nodiscard]] Result<verify::SignerSet> judge_stored_evidence(
    const Catalog& catalog,
    const verify::TrustBundle& trust,
    const verify::PagePolicy& policy,
    Instant at
);

/// Adds a task for each project whose pages these signers do not vouch for, or that another than
/// the first of several signers signed: during a rollover the master signs every page anew.
/// @cost Two to four signature checks for each project.
Outcome plan_refused_pages(
    const SyncParts& parts, const verify::SignerSet& signers, TaskList& tasks
);

}  // namespace heliograph::mirror
