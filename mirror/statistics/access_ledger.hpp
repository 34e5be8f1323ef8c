// SPDX-License-Identifier: Apache-2.0
// What a server gave out, kept through a crash, and one file for each day that is over:
//
//   loops -> AccessCounter, each its own -> every few seconds: one transaction of counts.db
//                                        -> day over: local-stats/days/YYYY-MM-DD.bz2, rows dropped
#pragma once

#include <mirror/statistics/access_counter.hpp>
#include <mirror/statistics/access_row.hpp>
#include <mirror/statistics/statistics_day.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

namespace heliograph::mirror {

/// How much of a day is kept apart, whatever clients call themselves.
struct AccessBounds {
    std::size_t agents = 1000;       ///< Different agents a day; later ones are `other`.
    std::size_t rows = 2'000'000;    ///< Rows a day; beyond, new agents of a file are `other`.
    std::chrono::seconds grace{10};  ///< A day is closed so long after its end: servers beside.
};

/// @thread counter() and flush() from any thread.
class AccessLedger {
  public:
    /// Makes `local-stats/` in the folder of a master or mirror when it is not there.
    /// @param clock   Outlives the ledger. @param events  May be null.
    /// @errors denied, io, unsupported (of a newer release), malformed.
    [[nodiscard]] static Result<std::unique_ptr<AccessLedger>> open(
        const std::filesystem::path& folder,
        const Clock& clock,
        EventSink* events,
        const AccessBounds& bounds = {}
    );
    AccessLedger(const AccessLedger&) = delete;
    AccessLedger& operator=(const AccessLedger&) = delete;
    ~AccessLedger();

    /// A counter for one loop.
    [[nodiscard]] std::shared_ptr<AccessCounter> counter();

    /// Makes durable what was counted, and closes the days that are over. What could not be stored
    /// is kept for the next call.
    /// @errors io, conflict, denied. @cost One commit when there is something.
    Outcome flush();

    /// Flushes every @p pause from a thread of its own, and when the ledger goes. The thread has
    /// the signal mask of the caller.
    void start(std::chrono::seconds pause = std::chrono::seconds(2));

  private:
    struct Store;
    AccessLedger(
        std::unique_ptr<Store> store,
        const Clock& clock,
        EventSink* events,
        const AccessBounds& bounds
    );
    void keep(const std::stop_token& stop, std::chrono::seconds pause);
    void collect();
    [[nodiscard]] Outcome store_waiting();
    [[nodiscard]] Outcome close_days(Instant now);
    void try_flush();

    const Clock& m_clock;
    EventSink* m_events;
    AccessBounds m_bounds;
    std::mutex m_mutex;  ///< Of everything below.
    std::unique_ptr<Store> m_store;
    std::vector<std::shared_ptr<AccessCounter>> m_counters;
    AccessTable m_waiting;  ///< Not durable yet.
    StatisticsDay m_waiting_day;
    bool m_failing = false;  ///< Told once, not every few seconds.
    std::mutex m_pause_mutex;
    std::condition_variable_any m_pause;
    std::jthread m_thread;
};

}  // namespace heliograph::mirror
