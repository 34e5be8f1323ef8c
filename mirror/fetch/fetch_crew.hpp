// SPDX-License-Identifier: Apache-2.0
// Threads that ask mirrors, each with a session and connections of its own, and what they learn
// from each other: who is slow, who lied, which serials were seen.
#pragma once

#include <mirror/fetch/fetch_session.hpp>
#include <mirror/fleet/fleet.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace heliograph::mirror {

/// What a crew works with. The references outlive it.
struct CrewPlan {
    MirrorList mirrors;
    KnownHealth known;
    const verify::TrustBundle& trust;
    const Clock& clock;
    verify::PagePolicy policy;
    std::optional<pki::ClientContext> tls;
    verify::TrustState state;  ///< Serials seen before.
    FetchConduct conduct;      ///< Its evidence keeper is called by all threads.
    std::function<Result<std::unique_ptr<Transport>>()> open_transport;
    /// Keeps what was learnt since the last call, for later runs. Called by one thread at a time,
    /// at most every half minute and once at the end. May be empty.
    std::function<Outcome(const std::vector<NotedEvent>&, const verify::TrustState&)> keep;
    unsigned most_threads = 8;
    /// A signer turned out to be revoked that a task of these moments may have believed: what it
    /// signed is not to be given out again. Called by any thread, before its announcement.
    std::function<void()> on_revoked = {};
};

/// @thread Safe.
class FetchCrew {
  public:
    /// Tells those who wait; called when the thread is free for the next task.
    using Announcement = std::function<void()>;
    struct Task {
        std::function<Announcement(FetchSession&)> work;
        /// Instead of work(), when there is no session to be had.
        std::function<void(const Error&)> fail;
    };

    explicit FetchCrew(CrewPlan plan);
    FetchCrew(const FetchCrew&) = delete;
    FetchCrew& operator=(const FetchCrew&) = delete;
    /// As stop().
    ~FetchCrew();

    /// Threads begin when they are needed. After stop() the task is dropped.
    void submit(Task task);

    /// How many signers turned out to be revoked since the crew began. What was asked for before
    /// the number grew may have been believed for one of them.
    [[nodiscard]] std::size_t revoked_signers();

    /// Ends what is under way with `cancelled`, waits for it, and keeps what was learnt.
    /// @errors Those of CrewPlan::keep; later calls give the same. @cost Blocks a moment.
    [[nodiscard]] Outcome stop();

  private:
    struct Member;

    void run(Member& member);
    [[nodiscard]] std::optional<Task> next_task(const Announcement& announce);
    [[nodiscard]] Outcome prepare(Member& member);
    void teach(Member& member);
    void learn_from(Member& member);
    void share(Member& member);
    void keep_if_due();
    [[nodiscard]] Outcome keep_learnt();
    void wait_or_stop(std::chrono::milliseconds length);

    const CrewPlan m_plan;
    std::stop_source m_stop;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<Task> m_tasks;
    std::size_t m_idle = 0;
    bool m_stopping = false;
    verify::TrustState m_state;
    std::vector<pki::Sha256> m_revoked;
    std::vector<NotedEvent> m_unkept;
    std::mutex m_keeping;
    std::chrono::steady_clock::time_point m_kept_at = std::chrono::steady_clock::now();
    Outcome m_ended;
    std::vector<std::unique_ptr<Member>> m_members;
};

}  // namespace heliograph::mirror
