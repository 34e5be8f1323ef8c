// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/fetch_session.hpp>
#include <mirror/fetch/placement.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::Cause;
using verify::Severity;

// Failures of this machine or of the question; another mirror would not help.
bool ends_the_fetch(const Error& error) {
    switch (error.code()) {
        case ErrorCode::invalid_argument:
        case ErrorCode::exists:
        case ErrorCode::denied:
        case ErrorCode::io:
        case ErrorCode::cancelled:
        case ErrorCode::internal:
            return true;
        default:
            return false;
    }
}

MirrorFailure failure_of(const Url& mirror, const verify::Verdict& verdict) {
    return {mirror.to_string(), std::nullopt, verdict.findings()};
}

// A body over its limit was given to us, so it is judged like other evidence that is wrong.
MirrorFailure failure_of(const Url& mirror, Error error) {
    if (error.code() != ErrorCode::too_large) {
        return {mirror.to_string(), std::move(error), {}};
    }
    verify::Finding finding{
        .id = "document-too-large",
        .severity = Severity::error,
        .cause = Cause::false_evidence,
        .subject = "page or its evidence",
        .expected = "documents within their limits",
        .seen = error.message(),
        .source = mirror.to_string(),
        .advice = "use another mirror and report this one"};
    return {mirror.to_string(), std::nullopt, {std::move(finding)}};
}

bool has_false_evidence(const MirrorFailure& failure) {
    return std::any_of(
        failure.findings.begin(),
        failure.findings.end(),
        [](const verify::Finding& finding) {
            return finding.severity == Severity::error && finding.cause == Cause::false_evidence;
        }
    );
}

MirrorFailure distrusted_earlier(const Url& mirror) {
    verify::Finding finding{
        .id = "mirror-distrusted",
        .severity = Severity::error,
        .cause = Cause::false_evidence,
        .subject = "mirror",
        .expected = "a mirror that gave no false evidence",
        .seen = "one that did, earlier in this run",
        .source = mirror.to_string(),
        .advice = "see what was said of it above"};
    return {mirror.to_string(), std::nullopt, {std::move(finding)}};
}

}  // namespace

/// Either a file, or why there is none.
struct FetchSession::Try {
    std::optional<FetchedFile> file;
    std::optional<MirrorFailure> failure;
};

FetchSession::FetchSession(
    const MirrorList& list, const ClientBasis& basis, verify::TrustState& state
)
    : m_basis(basis), m_state(state) {
    HG_ASSERT(&basis.state == &state);
    m_candidates.reserve(list.mirrors.size());
    for (const auto& mirror : list.mirrors) {
        m_candidates.push_back({MirrorClient(mirror, m_basis)});
    }
    m_order.resize(m_candidates.size());
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
}

bool FetchSession::pages_are_signed() const {
    return m_basis.policy.page_signature == verify::Demand::required;
}

Result<FetchSession::Try> FetchSession::ask_page(
    MirrorClient& client, const FetchRequest& request
) {
    auto judged = client.page(request.requirement.project);
    if (!judged) {
        return Try{std::nullopt, failure_of(client.base(), std::move(judged).error())};
    }
    if (!judged->page) {
        return Try{std::nullopt, failure_of(client.base(), judged->verdict)};
    }
    const auto& page = *judged->page;
    // A serial that nobody vouched for must not bind later runs.
    if (pages_are_signed()) {
        m_state.remember(page.name, page.serial);
    }
    auto chosen = choose_file(page, request.requirement, request.target);
    if (!chosen) {
        return Try{std::nullopt, failure_of(client.base(), std::move(chosen).error())};
    }
    FetchedFile fetched{
        *chosen,
        request.folder / chosen->name.text(),
        chosen->size_bytes.value_or(0),
        client.base().to_string(),
        page.serial,
        judged->verdict.passed(),
        judged->verdict.findings(),
        FetchedFile::Placement::placed};
    HG_TRY(auto present, judge_present_file(request.folder, *chosen));
    if (present && present->accepted()) {
        const auto& held = present->passed();
        fetched.checks.insert(fetched.checks.end(), held.begin(), held.end());
        fetched.placement = FetchedFile::Placement::already_there;
    } else if (present) {
        fetched.placement = FetchedFile::Placement::replaced;
    }
    return Try{std::move(fetched), std::nullopt};
}

Result<FetchSession::Try> FetchSession::ask_file(
    MirrorClient& client, FetchedFile promised, const FetchWatcher& watcher
) {
    watcher.on_start(promised.file, client.base());
    HG_TRY(auto into, AtomicFile::create(promised.path, FileAccess::everyone));
    auto downloaded = client.download(promised.file, into, watcher.on_progress);
    if (!downloaded) {
        return Try{std::nullopt, failure_of(client.base(), std::move(downloaded).error())};
    }
    if (!downloaded->accepted()) {
        return Try{std::nullopt, failure_of(client.base(), *downloaded)};
    }
    HG_CHECK(into.commit());
    const auto& held = downloaded->passed();
    promised.checks.insert(promised.checks.end(), held.begin(), held.end());
    promised.mirror = client.base().to_string();
    return Try{std::move(promised), std::nullopt};
}

void FetchSession::note_failure(std::size_t index, const MirrorFailure& failure) {
    if (has_false_evidence(failure)) {
        m_candidates[index].standing = Standing::distrusted;
    }
    if (failure.error) {
        const auto place = std::find(m_order.begin(), m_order.end(), index);
        std::rotate(place, place + 1, m_order.end());
    }
}

Result<FetchOutcome> FetchSession::fetch(const FetchRequest& request, const FetchWatcher& watcher) {
    FetchOutcome outcome;
    std::optional<FetchedFile> promised;
    // note_failure() changes the order for later requirements; this one keeps its own.
    const auto order = m_order;
    for (const std::size_t index : order) {
        auto& candidate = m_candidates[index];
        if (candidate.standing == Standing::distrusted) {
            outcome.failures.push_back(distrusted_earlier(candidate.client.base()));
            continue;
        }
        Try attempt{promised, std::nullopt};
        if (!promised) {
            HG_TRY(attempt, ask_page(candidate.client, request));
        }
        if (attempt.file && attempt.file->placement != FetchedFile::Placement::already_there) {
            promised = attempt.file;
            HG_TRY(attempt, ask_file(candidate.client, *promised, watcher));
        }
        if (attempt.file) {
            outcome.file = std::move(attempt.file);
            return outcome;
        }
        auto& failure = *attempt.failure;
        if (failure.error && ends_the_fetch(*failure.error)) {
            return *std::move(failure.error);
        }
        note_failure(index, failure);
        outcome.failures.push_back(std::move(failure));
        // The word of one unsigned page must not keep out what the other mirrors have.
        if (!pages_are_signed()) {
            promised.reset();
        }
    }
    return outcome;
}

}  // namespace heliograph::mirror
