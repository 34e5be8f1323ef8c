// SPDX-License-Identifier: Apache-2.0
// The part of a session that chooses whom to ask, how often, and what it costs whom.
#include <mirror/fetch/fetch_run.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

using std::chrono::microseconds;

// The mirror that gave the page has an open connection; another one must be so much better.
constexpr microseconds loyalty{20'000};

// A mirror of some files stays behind those of all files for so long after it was asked in vain: a
// run of fetch, and not the life of a proxy.
constexpr std::chrono::minutes partial_for{10};

// Answers that a moment later may be another: the request is repeated in a later round.
bool may_pass(const MirrorFailure& failure, MirrorEvent last_event) {
    return failure.error && is_transient(last_event);
}

}  // namespace

bool FetchSession::may_be_asked(const Run& run, std::size_t index) const {
    const auto& progress = run.mirrors[index];
    return progress.turn == Run::Turn::open && progress.all_turns == Run::Turn::open &&
           m_candidates[index].standing == Standing::good;
}

bool FetchSession::seems_whole(std::size_t index, Instant now) const {
    const auto& left_out_at = m_candidates[index].left_out_at;
    return !left_out_at || now - *left_out_at >= partial_for;
}

std::optional<std::size_t> FetchSession::next(Run& run) {
    const RankQuestion question{run.promise ? run.promise->size_bytes : 0, m_basis.clock.now()};
    auto order = m_fleet.order(question);
    const auto end = std::remove_if(order.begin(), order.end(), [&](std::size_t index) {
        return !may_be_asked(run, index) ||
               standing_of(m_fleet.health(index), question.now) == MirrorStanding::resting;
    });
    if (end == order.begin()) {
        return std::nullopt;
    }
    std::stable_partition(order.begin(), end, [&](std::size_t index) {
        return seems_whole(index, question.now);
    });
    const std::size_t best = order.front();
    const auto giver = run.promise ? run.promise->by : std::nullopt;
    if (!giver || std::find(order.begin(), end, *giver) == end ||
        !seems_whole(*giver, question.now) || m_fleet.priority(*giver) != m_fleet.priority(best)) {
        return best;
    }
    const auto times = m_fleet.times(question);
    const bool loyal = times[*giver] <= times[best] * 5 / 4 + loyalty;
    return loyal ? *giver : best;
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
        run.promise.reset();
        run.download.reset();
    }
    return {};
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
            HG_CHECK(run.ask(*index));
            if (run.delivered_by) {
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
        if (failure.event == MirrorEvent::nothing || !run.delivered_by) {
            continue;
        }
        HealthEvent event{.kind = failure.event, .at = now};
        if (lied && m_conduct.keep_evidence) {
            HG_TRY(
                const auto path,
                m_conduct.keep_evidence(
                    {failure.mirror,
                     now,
                     run.wanted,
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

Result<std::vector<MirrorFailure>> FetchSession::go(Run& run) {
    run.mirrors.resize(m_fleet.size());
    std::vector<MirrorFailure> failures;
    for (const auto& candidate : m_candidates) {
        if (candidate.standing == Standing::distrusted) {
            failures.push_back(distrusted_earlier(candidate.client.base()));
        }
    }
    HG_CHECK(go_through_rounds(run));
    HG_CHECK(settle(run));
    for (const std::size_t index : run.failed) {
        failures.push_back(*run.mirrors[index].failure);
    }
    for (std::size_t i = 0; !run.delivered_by && i < m_fleet.size(); ++i) {
        const auto reason = not_asked(m_fleet.url(i), m_fleet.health(i), m_basis.clock.now());
        if (reason && !run.mirrors[i].failure && m_candidates[i].standing == Standing::good) {
            failures.push_back(*reason);
        }
    }
    return failures;
}

}  // namespace heliograph::mirror
