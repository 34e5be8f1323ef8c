// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/signer_evidence.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

Result<std::optional<Bytes>> stored_document(const Catalog& catalog, EvidenceKind kind) {
    auto document = catalog.evidence(kind);
    if (document) {
        return std::optional(*std::move(document));
    }
    if (document.error().code() == ErrorCode::not_found) {
        return std::optional<Bytes>();
    }
    return std::move(document).error();
}

Result<SignerDocuments> stored_documents(const Catalog& catalog) {
    SignerDocuments documents;
    HG_TRY(documents.chain_pem, stored_document(catalog, EvidenceKind::signer_chain));
    HG_TRY(documents.revocation_pem, stored_document(catalog, EvidenceKind::revocation_lists));
    return documents;
}

std::optional<ByteSpan> view(const std::optional<Bytes>& document) {
    return document ? std::optional<ByteSpan>(*document) : std::nullopt;
}

verify::SignerEvidence evidence_of(const SignerDocuments& documents, std::string source) {
    return {
        .chain_pem = view(documents.chain_pem),
        .revocation_pem = view(documents.revocation_pem),
        .source = std::move(source)};
}

std::vector<pki::RevocationList> readable_lists(const std::optional<Bytes>& document) {
    if (!document) {
        return {};
    }
    // What cannot be read is the gate's to complain about; here it is only not newer than anything.
    auto lists = verify::parse_server_revocation(text_of(*document));
    return lists ? *std::move(lists) : std::vector<pki::RevocationList>();
}

// Whether a list of the same issuer is older than the one that is stored: then the upstream goes
// back in time, perhaps to a day before a certificate was revoked.
bool goes_back(const std::optional<Bytes>& given, const std::optional<Bytes>& stored) {
    const auto new_lists = readable_lists(given);
    const auto old_lists = readable_lists(stored);
    return std::any_of(old_lists.begin(), old_lists.end(), [&](const auto& old_list) {
        return std::none_of(new_lists.begin(), new_lists.end(), [&](const auto& new_list) {
            return new_list.issuer() == old_list.issuer() &&
                   new_list.this_update() >= old_list.this_update();
        });
    });
}

// The signer is taken back by lists that are beyond doubt themselves.
bool is_soundly_revoked(const verify::Verdict& verdict) {
    return verdict.find("signer-revoked") != nullptr &&
           verdict.find("revocation-malformed") == nullptr;
}

Outcome store_documents(Catalog& catalog, const SignerDocuments& documents) {
    HG_TRY(auto state, catalog.upstream_state());
    HG_TRY(const auto transaction, catalog.begin());
    HG_CHECK(
        transaction->put_evidence(EvidenceKind::signer_chain, documents.chain_pem.value_or(Bytes()))
    );
    HG_CHECK(transaction->put_evidence(
        EvidenceKind::revocation_lists, documents.revocation_pem.value_or(Bytes())
    ));
    // With the evidence, so that a run that ends here leaves its work to the next one.
    state.pages_unjudged = true;
    HG_CHECK(transaction->put_upstream_state(state));
    return transaction->commit();
}

}  // namespace

Result<TakenEvidence> take_signer_evidence(
    const SyncParts& parts, const verify::PagePolicy& policy
) {
    HG_TRY(const auto stored, stored_documents(parts.catalog));
    HG_TRY(auto given, parts.upstream.signer_documents());
    // An upstream that stops to show its revocation lists, or shows older ones, must not make a
    // revoked signer good again.
    if (stored.revocation_pem && goes_back(given.revocation_pem, stored.revocation_pem)) {
        given.revocation_pem = stored.revocation_pem;
    }
    HG_TRY(
        auto signers,
        verify::judge_signers(
            evidence_of(given, parts.upstream.source()), parts.trust, policy, parts.clock.now()
        )
    );
    TakenEvidence taken{.signers = std::move(signers), .change = EvidenceChange::same};
    if (!taken.signers.usable()) {
        if (is_soundly_revoked(taken.signers.verdict()) &&
            given.revocation_pem != stored.revocation_pem) {
            // Nothing is taken from a revoked signer, but that it is revoked must reach our own
            // clients: they may have nobody else to hear it from.
            given.chain_pem = stored.chain_pem ? stored.chain_pem : given.chain_pem;
            HG_CHECK(store_documents(parts.catalog, given));
        }
        return taken;
    }
    if (stored.chain_pem != given.chain_pem || stored.revocation_pem != given.revocation_pem) {
        HG_CHECK(store_documents(parts.catalog, given));
        taken.change = EvidenceChange::changed;
    }
    return taken;
}

Result<verify::SignerSet> judge_stored_evidence(
    const Catalog& catalog,
    const verify::TrustBundle& trust,
    const verify::PagePolicy& policy,
    Instant at
) {
    HG_TRY(const auto stored, stored_documents(catalog));
    return verify::judge_signers(evidence_of(stored, "this folder"), trust, policy, at);
}

namespace {

// Whether the first signer that counts made both signatures: during a rollover the master signs
// every page anew under it.
Result<bool> is_signed_by_first(const LocalPages& local, const verify::SignerSet& signers) {
    // One that is revoked or out of its time signs nothing any more: no page waits for it.
    std::vector<const pki::Certificate*> accepted;
    for (const auto& candidate : signers.candidates()) {
        if (candidate.verdict.accepted()) {
            accepted.push_back(&candidate.certificate);
        }
    }
    if (accepted.size() < 2) {
        return true;
    }
    const auto& first = *accepted.front();
    for (const auto* page : {&local.pages.html, &local.pages.json}) {
        if (!page->signature) {
            return true;
        }
        HG_TRY(
            const auto verdict,
            verify::check_page_signature(
                first.public_key(),
                pki::SignedBytes(page->body),
                pki::SignatureBytes(*page->signature),
                {.subject = "page", .signer = first.subject(), .source = "this folder"}
            )
        );
        if (!verdict.accepted()) {
            return false;
        }
    }
    return true;
}

}  // namespace

Outcome plan_refused_pages(
    const SyncParts& parts, const verify::SignerSet& signers, TaskList& tasks
) {
    HG_TRY(const auto projects, parts.catalog.projects());
    for (const auto& project : projects) {
        ProjectTask task{
            .project = project.name,
            .wanted = project.serial,
            .digests = std::nullopt,
            .reuse = ProjectTask::Reuse::refused};
        HG_TRY(const auto local, read_local_pages(parts.catalog, project.name));
        if (local) {
            HG_TRY(
                const auto judgement,
                judge_page_set(
                    local->pages,
                    {.signers = signers, .state = {}, .task = task, .source = "this folder"}
                )
            );
            if (judgement.page) {
                HG_TRY(const bool current, is_signed_by_first(*local, signers));
                if (current) {
                    continue;
                }
            }
        }
        tasks.add(std::move(task));
    }
    return {};
}

}  // namespace heliograph::mirror
