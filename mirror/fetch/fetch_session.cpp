// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/download.hpp>
#include <mirror/fetch/fetch_run.hpp>
#include <mirror/fetch/fetch_session.hpp>
#include <mirror/fetch/keeping_place.hpp>
#include <mirror/fetch/placement.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

FetchSession::FetchSession(
    Fleet& fleet, const ClientBasis& basis, verify::TrustState& state, FetchConduct conduct
)
    : m_fleet(fleet), m_basis(basis), m_state(state), m_conduct(std::move(conduct)) {
    HG_ASSERT(&basis.state == &state);
    HG_ASSERT(!is_offline() || (m_conduct.cache && m_conduct.pages));
    m_basis.pages = m_conduct.pages.get();
    m_candidates.reserve(fleet.size());
    for (std::size_t i = 0; i < fleet.size(); ++i) {
        m_candidates.push_back({MirrorClient(fleet.url(i), m_basis)});
    }
}

bool FetchSession::pages_are_signed() const {
    return m_basis.policy.page_signature == verify::Demand::required;
}

void FetchSession::note_requests(std::size_t index) {
    for (auto& event : m_candidates[index].client.take_events()) {
        m_fleet.note(index, std::move(event));
    }
}

void FetchSession::learn_revoked(const std::vector<pki::Sha256>& signers) {
    for (const auto& signer : signers) {
        if (std::find(m_basis.revoked.begin(), m_basis.revoked.end(), signer) ==
            m_basis.revoked.end()) {
            m_basis.revoked.push_back(signer);
        }
    }
}

Result<std::optional<verify::PageJudgement>> FetchSession::judge_page_of(
    Run& run, std::size_t index, const verify::ProjectName& project
) {
    auto& client = m_candidates[index].client;
    auto judged = client.page(project);
    note_requests(index);
    learn_revocations(m_basis, client);
    if (!judged) {
        HG_CHECK(fail(run, index, failure_of(client.base(), std::move(judged).error())));
        return std::optional<verify::PageJudgement>();
    }
    if (!judged->page) {
        HG_CHECK(fail(run, index, failure_of(client.base(), judged->verdict)));
        return std::optional<verify::PageJudgement>();
    }
    // A serial that nobody vouched for must not bind later runs.
    if (pages_are_signed()) {
        m_state.remember(judged->page->name, judged->page->serial);
    }
    return std::optional(*std::move(judged));
}

Outcome FetchSession::promise(Wish& wish, const verify::PageFile& chosen, const FetchedPage& page) {
    FetchedFile fetched{
        chosen,
        wish.request.folder / chosen.name.text(),
        chosen.size_bytes.value_or(0),
        page.mirror,
        page.page.serial,
        page.checks,
        page.warnings,
        FetchedFile::Placement::placed};
    HG_TRY(auto present, judge_present_file(wish.request.folder, chosen));
    if (present && present->accepted()) {
        const auto& held = present->passed();
        fetched.checks.insert(fetched.checks.end(), held.begin(), held.end());
        fetched.placement = FetchedFile::Placement::already_there;
        wish.file = std::move(fetched);
        return {};
    }
    if (present) {
        fetched.placement = FetchedFile::Placement::replaced;
    }
    HG_TRY(const bool is_cached, take_cached(fetched));
    (is_cached ? wish.file : wish.promised) = std::move(fetched);
    return {};
}

Result<bool> FetchSession::take_cached(FetchedFile& fetched) const {
    if (!m_conduct.cache) {
        return false;
    }
    HG_TRY(const auto size_bytes, m_conduct.cache->place(fetched.file, fetched.path));
    if (!size_bytes) {
        return false;
    }
    fetched.origin = FetchedFile::Origin::cache;
    fetched.size_bytes = *size_bytes;
    fetched.checks.push_back("sha256 of file " + fetched.file.name.text());
    return true;
}

Outcome FetchSession::ask_page(Run& run, Wish& wish, std::size_t index) {
    HG_TRY(auto judged, judge_page_of(run, index, wish.request.requirement.project));
    if (!judged) {
        return {};
    }
    const auto& base = m_candidates[index].client.base();
    auto chosen = choose_file(*judged->page, wish.request.requirement, wish.request.target);
    if (!chosen) {
        return fail(run, index, failure_of(base, std::move(chosen).error()));
    }
    const FetchedPage page{
        *std::move(judged->page),
        base.to_string(),
        judged->verdict.passed(),
        judged->verdict.findings()};
    HG_CHECK(promise(wish, *chosen, page));
    if (wish.file) {
        run.delivered_by = index;
        return {};
    }
    run.promise = {chosen->size_bytes.value_or(0), index};
    return pages_are_signed() ? Outcome() : ask_file(run, wish, index);
}

Outcome FetchSession::ask_file(Run& run, Wish& wish, std::size_t index) {
    auto& promised = *wish.promised;
    wish.watcher.on_start(promised.file, m_candidates[index].client.base());
    if (!run.download) {
        HG_TRY(auto place, open_named_place(promised.path));
        run.download.emplace(promised_file(promised.file), std::move(place));
    }
    HG_TRY(const auto held, ask_bytes(run, index));
    if (!run.delivered_by) {
        return {};
    }
    promised.checks.insert(promised.checks.end(), held.begin(), held.end());
    promised.mirror = m_candidates[index].client.base().to_string();
    if (m_conduct.cache) {
        m_conduct.cache->keep(promised.file, promised.path);
    }
    wish.file = std::move(wish.promised);
    return {};
}

Result<verify::Verdict> FetchSession::download(Run& run, std::size_t index) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < m_fleet.size(); ++i) {
        // Whoever lacks this file, or lied, sets no standard for it, however fast.
        if (i != index && run.mirrors[i].all_turns == Run::Turn::open &&
            m_candidates[i].standing == Standing::good) {
            others.push_back(i);
        }
    }
    const auto floor = m_fleet.floor_against(others, m_basis.clock.now());
    auto judged = m_candidates[index].client.download(*run.download, floor, run.on_progress);
    note_requests(index);
    return judged;
}

std::optional<std::size_t> FetchSession::only_other_giver(
    const std::vector<std::string>& givers, std::size_t index
) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < m_fleet.size(); ++i) {
        const auto url = m_fleet.url(i).to_string();
        if (i == index || std::find(givers.begin(), givers.end(), url) == givers.end()) {
            continue;
        }
        if (found) {
            return std::nullopt;
        }
        found = i;
    }
    return found;
}

Result<std::vector<std::string>> FetchSession::ask_bytes(Run& run, std::size_t index) {
    const auto& base = m_candidates[index].client.base();
    auto judged = download(run, index);
    if (judged && !judged->accepted() && run.download->sources().size() > 1 &&
        is_about_bytes(failure_of(base, *judged))) {
        // Somebody's part is wrong. This mirror's whole file decides whether it was another's.
        const auto givers = run.download->sources();
        HG_CHECK(run.download->restart());
        judged = download(run, index);
        const auto culprit = only_other_giver(givers, index);
        if (judged && judged->accepted() && culprit) {
            const auto& file = run.download->promise().name;
            auto failure = wrong_part(m_fleet.url(*culprit).to_string(), file, base.to_string());
            HG_CHECK(fail(run, *culprit, std::move(failure)));
        }
    }
    if (!judged) {
        HG_CHECK(fail(run, index, failure_of(base, std::move(judged).error())));
        return std::vector<std::string>();
    }
    if (!judged->accepted()) {
        HG_CHECK(refuse_bytes(run, index, *judged));
        return std::vector<std::string>();
    }
    HG_CHECK(run.download->commit());
    run.delivered_by = index;
    return judged->passed();
}

Outcome FetchSession::refuse_bytes(Run& run, std::size_t index, const verify::Verdict& verdict) {
    auto& candidate = m_candidates[index];
    const auto& client = candidate.client;
    auto failure = failure_of(client.base(), verdict);
    const auto& size = run.download->promise().expectation.size_bytes;
    // A whole answer that is too short; one that says it is too long was stopped before its end.
    if (failure.event == MirrorEvent::hostile && size && run.download->seen_bytes() < *size &&
        client.last_event() == MirrorEvent::delivered) {
        failure.event = MirrorEvent::cut_short;
    }
    if (claims_to_leave_out(failure)) {
        candidate.left_out_at = m_basis.clock.now();
    }
    // Who gave nothing says nothing of what others gave.
    if (is_about_bytes(failure)) {
        HG_CHECK(run.download->restart());
    }
    return fail(run, index, std::move(failure));
}

Result<FetchOutcome> FetchSession::fetch(const FetchRequest& request, const FetchWatcher& watcher) {
    if (is_offline()) {
        return fetch_kept(request, watcher);
    }
    Wish wish{request, watcher, std::nullopt, std::nullopt};
    Run run{.wanted = request.requirement.text(), .ask = {}};
    run.ask = [&](std::size_t index) {
        return run.promise ? ask_file(run, wish, index) : ask_page(run, wish, index);
    };
    run.on_progress = watcher.on_progress;
    if (request.page) {
        HG_ASSERT(pages_are_signed() && request.page->page);
        const auto& page = *request.page->page;
        HG_TRY(const auto chosen, choose_file(page.page, request.requirement, request.target));
        HG_CHECK(promise(wish, chosen, page));
        if (wish.file) {
            return FetchOutcome{std::move(wish.file), {}};
        }
        run.promise = {chosen.size_bytes.value_or(0), std::nullopt};
    }
    HG_TRY(auto failures, go(run));
    return FetchOutcome{std::move(wish.file), std::move(failures)};
}

Result<PageOutcome> FetchSession::page(const verify::ProjectName& project) {
    if (is_offline()) {
        return kept_page(project);
    }
    PageOutcome outcome;
    Run run{.wanted = "page of project " + project.text(), .ask = {}};
    run.ask = [&](std::size_t index) -> Outcome {
        HG_TRY(auto judged, judge_page_of(run, index, project));
        if (judged) {
            outcome.page = FetchedPage{
                *std::move(judged->page),
                m_candidates[index].client.base().to_string(),
                judged->verdict.passed(),
                judged->verdict.findings()};
            run.delivered_by = index;
        }
        return {};
    };
    HG_TRY(outcome.failures, go(run));
    return outcome;
}

Result<DocumentOutcome> FetchSession::document(
    PromisedDocument promise, std::unique_ptr<DownloadPlace> place
) {
    HG_ASSERT(pages_are_signed());
    DocumentOutcome outcome;
    HG_TRY(outcome.document, kept_document(promise, *place));
    if (outcome.document) {
        return outcome;
    }
    if (is_offline()) {
        outcome.failures.push_back(not_kept(promise.expectation.subject));
        return outcome;
    }
    if (m_conduct.cache) {
        place = keeping_place(promise, std::move(place), m_conduct.cache);
    }
    Run run{.wanted = promise.name, .ask = {}};
    run.promise = {promise.expectation.size_bytes.value_or(0), std::nullopt};
    run.download.emplace(std::move(promise), std::move(place));
    run.on_progress = [](std::uint64_t) {};
    run.ask = [&](std::size_t index) -> Outcome {
        HG_TRY(auto held, ask_bytes(run, index));
        if (run.delivered_by) {
            outcome.document =
                FetchedDocument{m_candidates[index].client.base().to_string(), std::move(held)};
        }
        return {};
    };
    HG_TRY(outcome.failures, go(run));
    return outcome;
}

}  // namespace heliograph::mirror
