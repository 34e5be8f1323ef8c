// SPDX-License-Identifier: Apache-2.0
// The part of a session that asks nobody: pages and files that earlier runs kept, judged anew.
#include <mirror/fetch/fetch_run.hpp>
#include <mirror/fetch/keeping_place.hpp>
#include <mirror/fetch/kept_lists.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::Cause;

class KeepingPlace final : public DownloadPlace {
  public:
    KeepingPlace(
        const pki::Sha256& digest,
        std::unique_ptr<DownloadPlace> place,
        std::shared_ptr<FileCache> cache
    )
        : m_digest(digest), m_place(std::move(place)), m_cache(std::move(cache)) {}

    [[nodiscard]] Outcome write(ByteSpan piece) override {
        m_bytes.insert(m_bytes.end(), piece.begin(), piece.end());
        return m_place->write(piece);
    }
    [[nodiscard]] Outcome restart() override {
        m_bytes.clear();
        return m_place->restart();
    }
    [[nodiscard]] Outcome commit() override {
        HG_CHECK(m_place->commit());
        m_cache->keep(m_digest, m_bytes);
        return {};
    }

  private:
    pki::Sha256 m_digest;
    std::unique_ptr<DownloadPlace> m_place;
    std::shared_ptr<FileCache> m_cache;
    Bytes m_bytes;
};

MirrorFailure failure_of_cache(verify::Finding finding) {
    finding.source = kept_source;
    return {std::string(kept_source), std::nullopt, {std::move(finding)}};
}

// Another run saw a newer one and did not keep it; that is no lie of anybody.
MirrorFailure kept_outdated(
    const verify::ProjectName& project, verify::Serial kept, verify::Serial seen
) {
    return failure_of_cache(
        {.id = "kept-page-outdated",
         .cause = Cause::stale_evidence,
         .subject = "page of project " + project.text(),
         .expected = "serial " + std::to_string(seen.value) + " or higher, which was seen since",
         .seen = "serial " + std::to_string(kept.value),
         .advice = "run it once without --offline and without --no-cache"}
    );
}

verify::Finding kept_age(const verify::ProjectName& project, Instant kept_at) {
    return {
        .id = "page-kept",
        .severity = verify::Severity::warning,
        .cause = Cause::stale_evidence,
        .subject = "page of project " + project.text(),
        .expected = "the page as it is now",
        .seen = "the page as it was at " + format_rfc3339(kept_at),
        .source = std::string(kept_source),
        .advice = "run it without --offline to see what was published or withdrawn since"};
}

// What is bearable from a mirror, which is asked again soon, is not from a cache: nothing else
// bounds how old its pages may get.
MirrorFailure kept_revocation_stale(verify::Finding stale) {
    stale.severity = verify::Severity::error;
    stale.advice = "run it once without --offline";
    return failure_of_cache(std::move(stale));
}

std::optional<verify::Finding> stale_lists(const verify::SignerSet& signers) {
    for (const auto& candidate : signers.candidates()) {
        const auto& findings = candidate.verdict.findings();
        const auto stale = std::find_if(findings.begin(), findings.end(), [](const auto& one) {
            return one.id == "revocation-stale";
        });
        if (candidate.verdict.accepted() && stale != findings.end()) {
            return *stale;
        }
    }
    return std::nullopt;
}

/// The lists that came with a page, and those that came with others since.
std::optional<Bytes> all_lists(const std::optional<Bytes>& own, const std::optional<Bytes>& known) {
    if (!own || !known) {
        return own ? own : known;
    }
    auto joined = join_lists(*own, *known);
    return joined ? *std::move(joined) : own;
}

}  // namespace

std::unique_ptr<DownloadPlace> keeping_place(
    const PromisedDocument& promise,
    std::unique_ptr<DownloadPlace> place,
    std::shared_ptr<FileCache> cache
) {
    if (promise.expectation.limit_bytes > verify::limits::core_metadata_bytes) {
        return place;
    }
    return std::make_unique<KeepingPlace>(
        promise.expectation.sha256, std::move(place), std::move(cache)
    );
}

MirrorFailure not_kept(std::string subject) {
    return failure_of_cache(
        {.id = "not-kept",
         .cause = Cause::missing_evidence,
         .subject = std::move(subject),
         .expected = "it among what earlier runs kept, which --offline asks alone",
         .seen = "none",
         .advice = "run it once without --offline"}
    );
}

Result<PageOutcome> FetchSession::kept_page(const verify::ProjectName& project) {
    PageOutcome outcome;
    auto found = m_conduct.pages->find(project);
    if (!found) {
        outcome.failures.push_back({std::string(kept_source), std::move(found).error(), {}});
        return outcome;
    }
    if (!*found) {
        outcome.failures.push_back(not_kept("page of project " + project.text()));
        return outcome;
    }
    const auto& kept = (*found)->page;
    const std::string source = std::string(kept_source) + ", of " + kept.source;
    HG_TRY(const auto known_lists, m_conduct.pages->lists());
    const auto lists = all_lists(kept.revocation_pem, known_lists);
    HG_TRY(
        const auto signers,
        verify::judge_signers(
            {.chain_pem = ByteSpan(kept.chain_pem),
             .revocation_pem = lists ? std::optional<ByteSpan>(*lists) : std::nullopt,
             .source = source,
             .revoked = m_basis.revoked},
            m_basis.trust,
            m_basis.policy,
            m_basis.clock.now()
        )
    );
    learn_revoked(signers.revoked());
    HG_TRY(
        auto judged,
        verify::judge_page(
            {.wanted = project,
             .page = kept.page,
             .signature = ByteSpan(kept.signature),
             .source = source},
            signers,
            verify::TrustState()
        )
    );
    if (!judged.page) {
        outcome.failures.push_back(
            {std::string(kept_source), std::nullopt, judged.verdict.findings()}
        );
        return outcome;
    }
    if (const auto stale = stale_lists(signers)) {
        outcome.failures.push_back(kept_revocation_stale(*stale));
        return outcome;
    }
    if (const auto seen = m_state.seen(project); seen && judged.page->serial < *seen) {
        outcome.failures.push_back(kept_outdated(project, judged.page->serial, *seen));
        return outcome;
    }
    auto warnings = judged.verdict.findings();
    warnings.push_back(kept_age(project, (*found)->kept_at));
    outcome.page = FetchedPage{
        *std::move(judged.page),
        std::string(kept_source),
        judged.verdict.passed(),
        std::move(warnings)};
    return outcome;
}

Result<FetchOutcome> FetchSession::fetch_kept(
    const FetchRequest& request, const FetchWatcher& watcher
) {
    std::shared_ptr<const PageOutcome> pages = request.page;
    if (!pages) {
        HG_TRY(auto outcome, kept_page(request.requirement.project));
        pages = std::make_shared<const PageOutcome>(std::move(outcome));
    }
    if (!pages->page) {
        return FetchOutcome{std::nullopt, pages->failures};
    }
    const auto& page = *pages->page;
    auto chosen = choose_file(page.page, request.requirement, request.target);
    if (!chosen) {
        if (ends_the_fetch(chosen.error())) {
            return std::move(chosen).error();
        }
        return FetchOutcome{
            std::nullopt, {{std::string(kept_source), std::move(chosen).error(), {}}}};
    }
    Wish wish{request, watcher, std::nullopt, std::nullopt};
    HG_CHECK(promise(wish, *chosen, page));
    if (wish.file) {
        return FetchOutcome{std::move(wish.file), {}};
    }
    return FetchOutcome{std::nullopt, {not_kept("file " + chosen->name.text())}};
}

Result<DocumentOutcome> FetchSession::file_bytes(
    const verify::PageFile& file, const std::filesystem::path& path
) {
    HG_ASSERT(pages_are_signed());
    if (m_conduct.cache) {
        HG_TRY(const auto kept, m_conduct.cache->place(file, path));
        if (kept) {
            return DocumentOutcome{
                FetchedDocument{std::string(kept_source), {"sha256 of file " + file.name.text()}},
                {}};
        }
    }
    HG_TRY(auto place, open_named_place(path));
    HG_TRY(auto outcome, document(promised_file(file), std::move(place)));
    if (outcome.document && m_conduct.cache) {
        m_conduct.cache->keep(file, path);
    }
    return outcome;
}

Result<std::optional<FetchedDocument>> FetchSession::kept_document(
    const PromisedDocument& promise, DownloadPlace& place
) const {
    if (!m_conduct.cache || promise.expectation.limit_bytes > verify::limits::core_metadata_bytes) {
        return std::optional<FetchedDocument>();
    }
    HG_TRY(const auto bytes, m_conduct.cache->read(promise.expectation));
    if (!bytes) {
        return std::optional<FetchedDocument>();
    }
    HG_CHECK(place.write(*bytes));
    HG_CHECK(place.commit());
    return std::optional(FetchedDocument{
        std::string(kept_source), {"sha256 of " + promise.expectation.subject}});
}

}  // namespace heliograph::mirror
