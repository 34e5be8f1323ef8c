// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/fetch_crew.hpp>

#include <algorithm>
#include <iterator>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::chrono::seconds keeping_period{30};
// What a thread has not heard yet of the others. One that slept for so long begins anew with what
// it sees itself.
constexpr std::size_t most_unheard = 10'000;

}  // namespace

struct FetchCrew::Member {
    verify::TrustState state;
    std::unique_ptr<Transport> transport;
    std::optional<ClientBasis> basis;
    std::optional<Fleet> fleet;
    std::optional<FetchSession> session;
    std::size_t revoked_taught = 0;   ///< How many revoked signers it knew when its task began.
    std::vector<NotedEvent> unheard;  ///< Guarded by the crew's mutex.
    std::thread thread;
};

FetchCrew::FetchCrew(CrewPlan plan) : m_plan(std::move(plan)), m_state(m_plan.state) {
    HG_ASSERT(m_plan.most_threads > 0);
}

FetchCrew::~FetchCrew() {
    static_cast<void>(stop());
}

void FetchCrew::submit(Task task) {
    std::unique_lock lock(m_mutex);
    if (m_stopping) {
        return;
    }
    m_tasks.push_back(std::move(task));
    if (m_idle >= m_tasks.size() || m_members.size() >= m_plan.most_threads) {
        m_changed.notify_all();
        return;
    }
    auto& member = *m_members.emplace_back(std::make_unique<Member>());
    try {
        member.thread = std::thread([this, &member] { run(member); });
    } catch (const std::system_error&) {
        // A machine without room for one more thread is no reason to stop working.
        m_members.pop_back();
        if (!m_members.empty()) {
            return;
        }
        const Task failed = std::move(m_tasks.back());
        m_tasks.pop_back();
        lock.unlock();
        failed.fail(Error(ErrorCode::io, "expected to start a thread, the system gives none"));
    }
}

std::optional<FetchCrew::Task> FetchCrew::next_task(const Announcement& announce) {
    std::unique_lock lock(m_mutex);
    ++m_idle;
    if (announce) {
        // Counted as idle already: whoever hears it and asks for more wakes no further thread.
        lock.unlock();
        announce();
        lock.lock();
    }
    m_changed.wait(lock, [&] { return m_stopping || !m_tasks.empty(); });
    --m_idle;
    if (m_stopping) {
        return std::nullopt;
    }
    Task task = std::move(m_tasks.front());
    m_tasks.pop_front();
    return task;
}

Outcome FetchCrew::prepare(Member& member) {
    if (member.session) {
        return {};
    }
    HG_TRY(member.transport, m_plan.open_transport());
    member.basis.emplace(ClientBasis{
        .transport = *member.transport,
        .trust = m_plan.trust,
        .state = member.state,
        .clock = m_plan.clock,
        .policy = m_plan.policy,
        .tls = m_plan.tls,
        .revoked = {},
        .stop = m_stop.get_token()});
    member.fleet.emplace(m_plan.mirrors, m_plan.known, Dice::fresh());
    FetchConduct conduct = m_plan.conduct;
    conduct.retries.wait = [this](std::chrono::milliseconds length) { wait_or_stop(length); };
    member.session.emplace(*member.fleet, *member.basis, member.state, std::move(conduct));
    return {};
}

void FetchCrew::run(Member& member) {
    Announcement announce;
    while (true) {
        const auto task = next_task(announce);
        if (!task) {
            return;
        }
        announce = {};
        if (const auto ready = prepare(member); !ready) {
            task->fail(ready.error());
            continue;
        }
        teach(member);
        announce = task->work(*member.session);
        learn_from(member);
        keep_if_due();
    }
}

void FetchCrew::teach(Member& member) {
    const std::lock_guard lock(m_mutex);
    for (const auto& noted : member.unheard) {
        member.fleet->hear(noted);
    }
    member.unheard.clear();
    member.state.merge(m_state);
    member.session->learn_revoked(m_revoked);
    member.revoked_taught = m_revoked.size();
}

void FetchCrew::learn_from(Member& member) {
    share(member);
    const auto is_revoked_news = [&] {
        const std::lock_guard lock(m_mutex);
        return m_revoked.size() > member.revoked_taught;
    };
    if (m_plan.on_revoked && is_revoked_news()) {
        m_plan.on_revoked();
    }
}

void FetchCrew::share(Member& member) {
    auto noted = member.fleet->take_noted();
    const std::lock_guard lock(m_mutex);
    m_state.merge(member.state);
    for (const auto& signer : member.session->revoked()) {
        if (std::find(m_revoked.begin(), m_revoked.end(), signer) == m_revoked.end()) {
            m_revoked.push_back(signer);
        }
    }
    for (const auto& other : m_members) {
        if (other.get() == &member) {
            continue;
        }
        if (other->unheard.size() + noted.size() > most_unheard) {
            other->unheard.clear();
        }
        other->unheard.insert(other->unheard.end(), noted.begin(), noted.end());
    }
    m_unkept.insert(
        m_unkept.end(), std::make_move_iterator(noted.begin()), std::make_move_iterator(noted.end())
    );
}

void FetchCrew::keep_if_due() {
    const std::unique_lock keeping(m_keeping, std::try_to_lock);
    const auto now = std::chrono::steady_clock::now();
    if (!keeping.owns_lock() || now - m_kept_at < keeping_period) {
        return;
    }
    m_kept_at = now;
    // What cannot be kept now is told at the end.
    m_ended = keep_learnt();
}

Outcome FetchCrew::keep_learnt() {
    std::vector<NotedEvent> events;
    verify::TrustState state;
    {
        const std::lock_guard lock(m_mutex);
        events = std::exchange(m_unkept, {});
        state = m_state;
    }
    return m_plan.keep ? m_plan.keep(events, state) : Outcome();
}

void FetchCrew::wait_or_stop(std::chrono::milliseconds length) {
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, length, [&] { return m_stopping; });
}

std::size_t FetchCrew::revoked_signers() {
    const std::lock_guard lock(m_mutex);
    return m_revoked.size();
}

Outcome FetchCrew::stop() {
    {
        const std::lock_guard lock(m_mutex);
        if (m_stopping) {
            return m_ended;
        }
        m_stopping = true;
        m_tasks.clear();
    }
    m_stop.request_stop();
    m_changed.notify_all();
    for (const auto& member : m_members) {
        member->thread.join();
    }
    // Where nobody was asked there is nothing new.
    if (!m_members.empty()) {
        if (auto kept = keep_learnt(); !kept) {
            m_ended = std::move(kept);
        }
    }
    return m_ended;
}

}  // namespace heliograph::mirror
