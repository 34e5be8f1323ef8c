// SPDX-License-Identifier: Apache-2.0
// Private: several workers, each on a thread and a connection of its own, fed and emptied by one
// thread that owns the catalogue.
#pragma once

#include <mirror/sync/worker.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace heliograph::mirror {

/// @thread All members from one thread.
class TaskPool {
  public:
    /// @param upstreams  At least one; each is used by one thread. All must outlive the pool.
    TaskPool(BlobStore& blobs, const std::vector<Upstream*>& upstreams);
    TaskPool(const TaskPool&) = delete;
    TaskPool& operator=(const TaskPool&) = delete;
    /// Forgets what was not begun and waits for what was.
    ~TaskPool();

    /// Whether another task may be given: enough is waiting otherwise to keep all workers busy
    /// while a group is made durable.
    [[nodiscard]] bool has_room() const;

    void give(PreparedTask task);

    /// Whether everything given was taken back.
    [[nodiscard]] bool is_idle() const { return m_outstanding == 0; }

    /// The next delivery in the order of their ends; none when it takes longer than until then. The
    /// pool is not idle.
    [[nodiscard]] std::optional<Delivery> take(std::chrono::steady_clock::time_point until);

    /// Forgets all tasks that no worker has begun.
    void forget_waiting();

  private:
    void work(Upstream& upstream);

    BlobStore& m_blobs;
    std::size_t m_most_outstanding;
    std::size_t m_outstanding = 0;
    mutable std::mutex m_mutex;
    std::condition_variable m_given;
    std::condition_variable m_done;
    std::deque<PreparedTask> m_waiting;
    std::deque<Delivery> m_deliveries;
    std::uint64_t m_waiting_bytes = 0;  ///< Changed with the mutex held.
    bool m_ending = false;
    std::vector<std::thread> m_threads;
};

}  // namespace heliograph::mirror
