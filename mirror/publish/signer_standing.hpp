// SPDX-License-Identifier: Apache-2.0
// Whether clients accept what a master signs now: asked before anything is signed, and told to its
// operator in the operator's terms.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <vector>

namespace heliograph::mirror {

/// The documents that this master publishes; without lists, that text is empty.
/// @errors not_found (no chain was ever published), io. @thread As the catalogue.
[[nodiscard]] Result<EvidenceDocuments> published_evidence(const Catalog& catalog);

/// The judgement of the strictest client that these documents can satisfy: revocation lists are
/// demanded when there are any.
/// @errors crypto, internal. @thread Safe. @cost A few signature checks for each signer.
[[nodiscard]] Result<verify::SignerSet> judge_evidence(
    const EvidenceDocuments& documents, const verify::TrustBundle& trust, Instant at
);

/// The same verdict, with what the operator of the master can do in place of what a client can.
/// @thread Safe. @cost A copy.
[[nodiscard]] verify::Verdict for_operator(const verify::Verdict& verdict);

/// Whether revocation lists do for clients, whatever became of the signer: that it is over or
/// revoked is no reason to keep lists back, but the reason to publish them.
/// @param verdict  Of judge_evidence(). @thread Safe. @cost None worth noting.
[[nodiscard]] bool lists_do(const verify::Verdict& verdict);

/// From when on another signer should be issued: a third of its life before its end, at most 30
/// days. @thread Safe. @cost None.
[[nodiscard]] Instant renewal_due(const pki::Certificate& signer);

}  // namespace heliograph::mirror
