// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/download.hpp>
#include <mirror/fetch/fetch_session.hpp>
#include <mirror/fetch/placement.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

using std::chrono::microseconds;

// The mirror that gave the page has an open connection; another one must be so much better.
constexpr microseconds loyalty{20'000};

// Answers that a moment later may be another: the request is repeated in a later round.
bool may_pass(const MirrorFailure& failure, MirrorEvent last_event) {
    return failure.error && is_transient(last_event);
}

}  // namespace

/// The work on one requirement.
struct FetchSession::Run {
    enum class Turn { open, over };
    struct Progress {
        Turn turn = Turn::open;       ///< Whether it was asked in this round.
        Turn all_turns = Turn::open;  ///< Whether it is out of this run.
        std::optional<MirrorFailure> failure;
    };

    const FetchRequest& request;
    const FetchWatcher& watcher;
    std::vector<Progress> mirrors;
    std::vector<std::size_t> failed;  ///< In the order of their first failure.
    std::optional<FetchedFile> promised;
    std::size_t promised_by = 0;
    std::optional<Download> download;
    std::optional<FetchedFile> file;
};

FetchSession::FetchSession(
    Fleet& fleet, const ClientBasis& basis, verify::TrustState& state, FetchConduct conduct
)
    : m_fleet(fleet), m_basis(basis), m_state(state), m_conduct(std::move(conduct)) {
    HG_ASSERT(&basis.state == &state);
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

bool FetchSession::may_be_asked(const Run& run, std::size_t index) const {
    const auto& progress = run.mirrors[index];
    return progress.turn == Run::Turn::open && progress.all_turns == Run::Turn::open &&
           m_candidates[index].standing == Standing::good;
}

std::optional<std::size_t> FetchSession::next(Run& run) {
    const RankQuestion question{
        run.promised ? run.promised->file.size_bytes.value_or(0) : 0, m_basis.clock.now()};
    auto order = m_fleet.order(question);
    const auto end = std::remove_if(order.begin(), order.end(), [&](std::size_t index) {
        return !may_be_asked(run, index) ||
               standing_of(m_fleet.health(index), question.now) == MirrorStanding::resting;
    });
    if (end == order.begin()) {
        return std::nullopt;
    }
    const std::size_t best = order.front();
    if (!run.promised || std::find(order.begin(), end, run.promised_by) == end ||
        m_fleet.priority(run.promised_by) != m_fleet.priority(best)) {
        return best;
    }
    const auto times = m_fleet.times(question);
    const bool loyal = times[run.promised_by] <= times[best] * 5 / 4 + loyalty;
    return loyal ? run.promised_by : best;
}

Outcome FetchSession::fail(Run& run, std::size_t index, MirrorFailure failure) {
    if (failure.error && ends_the_fetch(*failure.error)) {
        return *std::move(failure.error);
    }
    auto& progress = run.mirrors[index];
    progress.turn = Run::Turn::over;
    if (!may_pass(failure, m_candidates[index].client.last_event())) {
        progress.all_turns = Run::Turn::over;
    }
    if (!progress.failure) {
        run.failed.push_back(index);
    }
    progress.failure = std::move(failure);
    // The word of one unsigned page must not keep out what the other mirrors have.
    if (!pages_are_signed()) {
        run.promised.reset();
        run.download.reset();
    }
    return {};
}

Outcome FetchSession::ask_page(Run& run, std::size_t index) {
    auto& client = m_candidates[index].client;
    auto judged = client.page(run.request.requirement.project);
    note_requests(index);
    learn_revocations(m_basis, client);
    if (!judged) {
        return fail(run, index, failure_of(client.base(), std::move(judged).error()));
    }
    if (!judged->page) {
        return fail(run, index, failure_of(client.base(), judged->verdict));
    }
    const auto& page = *judged->page;
    // A serial that nobody vouched for must not bind later runs.
    if (pages_are_signed()) {
        m_state.remember(page.name, page.serial);
    }
    auto chosen = choose_file(page, run.request.requirement, run.request.target);
    if (!chosen) {
        return fail(run, index, failure_of(client.base(), std::move(chosen).error()));
    }
    FetchedFile fetched{
        *chosen,
        run.request.folder / chosen->name.text(),
        chosen->size_bytes.value_or(0),
        client.base().to_string(),
        page.serial,
        judged->verdict.passed(),
        judged->verdict.findings(),
        FetchedFile::Placement::placed};
    HG_TRY(auto present, judge_present_file(run.request.folder, *chosen));
    if (present && present->accepted()) {
        const auto& held = present->passed();
        fetched.checks.insert(fetched.checks.end(), held.begin(), held.end());
        fetched.placement = FetchedFile::Placement::already_there;
        run.file = std::move(fetched);
        return {};
    }
    if (present) {
        fetched.placement = FetchedFile::Placement::replaced;
    }
    run.promised = std::move(fetched);
    run.promised_by = index;
    return pages_are_signed() ? Outcome() : ask_file(run, index);
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
    auto judged =
        m_candidates[index].client.download(*run.download, floor, run.watcher.on_progress);
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

Outcome FetchSession::ask_file(Run& run, std::size_t index) {
    const auto& base = m_candidates[index].client.base();
    run.watcher.on_start(run.promised->file, base);
    if (!run.download) {
        HG_TRY(run.download, Download::begin(run.promised->file, run.promised->path));
    }
    auto judged = download(run, index);
    if (judged && !judged->accepted() && run.download->sources().size() > 1) {
        // Somebody's part is wrong. This mirror's whole file decides whether it was another's.
        const auto givers = run.download->sources();
        HG_CHECK(run.download->restart());
        judged = download(run, index);
        const auto culprit = only_other_giver(givers, index);
        if (judged && judged->accepted() && culprit) {
            const auto& file = run.promised->file.name.text();
            auto failure = wrong_part(m_fleet.url(*culprit).to_string(), file, base.to_string());
            HG_CHECK(fail(run, *culprit, std::move(failure)));
        }
    }
    if (!judged) {
        return fail(run, index, failure_of(base, std::move(judged).error()));
    }
    if (!judged->accepted()) {
        return refuse_file(run, index, *judged);
    }
    HG_CHECK(run.download->commit());
    const auto& held = judged->passed();
    run.promised->checks.insert(run.promised->checks.end(), held.begin(), held.end());
    run.promised->mirror = base.to_string();
    run.file = std::move(run.promised);
    return {};
}

Outcome FetchSession::refuse_file(Run& run, std::size_t index, const verify::Verdict& verdict) {
    const auto& client = m_candidates[index].client;
    auto failure = failure_of(client.base(), verdict);
    const auto& size = run.promised->file.size_bytes;
    // A whole answer that is too short; one that says it is too long was stopped before its end.
    if (failure.event == MirrorEvent::hostile && size && run.download->seen_bytes() < *size &&
        client.last_event() == MirrorEvent::delivered) {
        failure.event = MirrorEvent::cut_short;
    }
    if (failure.event != MirrorEvent::incomplete) {
        HG_CHECK(run.download->restart());
    }
    return fail(run, index, std::move(failure));
}

bool FetchSession::wait_for_round(const Run& run, unsigned round) {
    using std::chrono::milliseconds;
    const auto now = m_basis.clock.now();
    std::optional<milliseconds> rest;
    bool somebody = false;
    for (std::size_t i = 0; i < m_fleet.size(); ++i) {
        const auto& health = m_fleet.health(i);
        const auto standing = standing_of(health, now);
        if (run.mirrors[i].all_turns == Run::Turn::over || standing == MirrorStanding::banned ||
            m_candidates[i].standing == Standing::distrusted) {
            continue;
        }
        if (standing != MirrorStanding::resting) {
            somebody = true;
            continue;
        }
        const milliseconds length = *health.rest_until - now;
        rest = std::min(rest.value_or(length), length);
    }
    if (!somebody && (!rest || *rest > m_conduct.retries.longest_wait)) {
        return false;
    }
    if (m_budget.take() == RetryBudget::Answer::spent) {
        return false;
    }
    const auto jitter = wait_before_round(round, m_fleet.dice());
    m_conduct.retries.wait(somebody ? jitter : std::max(jitter, *rest));
    return true;
}

Outcome FetchSession::go_through_rounds(Run& run) {
    for (unsigned round = 0; round < std::max(m_conduct.retries.rounds, 1U); ++round) {
        if (round > 0 && !wait_for_round(run, round)) {
            break;
        }
        for (auto& progress : run.mirrors) {
            progress.turn = Run::Turn::open;
        }
        while (const auto index = next(run)) {
            HG_CHECK(run.promised ? ask_file(run, *index) : ask_page(run, *index));
            if (run.file) {
                m_budget.earn();
                return {};
            }
        }
    }
    return {};
}

Outcome FetchSession::settle(Run& run) {
    const auto now = m_basis.clock.now();
    for (const std::size_t index : run.failed) {
        auto& failure = *run.mirrors[index].failure;
        const bool lied =
            failure.event == MirrorEvent::corrupt || failure.event == MirrorEvent::hostile;
        if (failure.event == MirrorEvent::nothing || !run.file) {
            continue;
        }
        HealthEvent event{.kind = failure.event, .at = now};
        if (lied && m_conduct.keep_evidence) {
            HG_TRY(
                const auto path,
                m_conduct.keep_evidence(
                    {failure.mirror,
                     now,
                     run.request.requirement.text(),
                     failure.findings,
                     m_candidates[index].client.received()}
                )
            );
            failure.evidence = path.string();
        }
        if (lied) {
            m_candidates[index].standing = Standing::distrusted;
            event.finding = failure.findings.front().id;
            event.evidence = failure.evidence;
        }
        m_fleet.note(index, std::move(event));
    }
    return {};
}

Result<FetchOutcome> FetchSession::fetch(const FetchRequest& request, const FetchWatcher& watcher) {
    Run run{request, watcher, std::vector<Run::Progress>(m_fleet.size()), {}, {}, 0, {}, {}};
    FetchOutcome outcome;
    for (const auto& candidate : m_candidates) {
        if (candidate.standing == Standing::distrusted) {
            outcome.failures.push_back(distrusted_earlier(candidate.client.base()));
        }
    }
    HG_CHECK(go_through_rounds(run));
    HG_CHECK(settle(run));
    for (const std::size_t index : run.failed) {
        outcome.failures.push_back(*run.mirrors[index].failure);
    }
    for (std::size_t i = 0; !run.file && i < m_fleet.size(); ++i) {
        const auto reason = not_asked(m_fleet.url(i), m_fleet.health(i), m_basis.clock.now());
        if (reason && !run.mirrors[i].failure && m_candidates[i].standing == Standing::good) {
            outcome.failures.push_back(*reason);
        }
    }
    outcome.file = std::move(run.file);
    return outcome;
}

}  // namespace heliograph::mirror
