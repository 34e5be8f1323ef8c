// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/signer_evidence.hpp>

#include <utility>

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

Outcome store_documents(Catalog& catalog, const SignerDocuments& documents) {
    HG_TRY(const auto transaction, catalog.begin());
    HG_CHECK(
        transaction->put_evidence(EvidenceKind::signer_chain, documents.chain_pem.value_or(Bytes()))
    );
    HG_CHECK(transaction->put_evidence(
        EvidenceKind::revocation_lists, documents.revocation_pem.value_or(Bytes())
    ));
    return transaction->commit();
}

}  // namespace

Result<TakenEvidence> take_signer_evidence(
    const SyncParts& parts, const verify::PagePolicy& policy
) {
    HG_TRY(const auto stored, stored_documents(parts.catalog));
    HG_TRY(auto given, parts.upstream.signer_documents());
    // An upstream that stops to show its revocation lists must not make a revoked signer good
    // again.
    if (!given.revocation_pem) {
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
                continue;
            }
        }
        tasks.add(std::move(task));
    }
    return {};
}

}  // namespace heliograph::mirror
