// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/task_pool.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

// Enough for all workers while a group is made durable; few enough for the three descriptors that
// each may hold.
constexpr std::size_t most_outstanding = 128;
constexpr std::uint64_t waiting_bytes_limit = std::uint64_t{32} * 1024 * 1024;

}  // namespace

TaskPool::TaskPool(BlobStore& blobs, const std::vector<Upstream*>& upstreams)
    : m_blobs(blobs), m_most_outstanding(std::max(most_outstanding, 2 * upstreams.size())) {
    HG_ASSERT(!upstreams.empty());
    m_threads.reserve(upstreams.size());
    for (auto* const upstream : upstreams) {
        m_threads.emplace_back([this, upstream] { work(*upstream); });
    }
}

TaskPool::~TaskPool() {
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
        m_waiting.clear();
    }
    m_given.notify_all();
    for (auto& thread : m_threads) {
        thread.join();
    }
}

bool TaskPool::has_room() const {
    const std::lock_guard lock(m_mutex);
    return m_outstanding == 0 ||
           (m_outstanding < m_most_outstanding && m_waiting_bytes < waiting_bytes_limit);
}

void TaskPool::give(PreparedTask task) {
    ++m_outstanding;
    {
        const std::lock_guard lock(m_mutex);
        m_waiting_bytes += task.size_bytes();
        m_waiting.push_back(std::move(task));
    }
    m_given.notify_one();
}

std::optional<Delivery> TaskPool::take(std::chrono::steady_clock::time_point until) {
    HG_ASSERT(m_outstanding > 0);
    std::unique_lock lock(m_mutex);
    if (!m_done.wait_until(lock, until, [this] { return !m_deliveries.empty(); })) {
        return std::nullopt;
    }
    std::optional<Delivery> delivery(std::move(m_deliveries.front()));
    m_deliveries.pop_front();
    --m_outstanding;
    return delivery;
}

void TaskPool::forget_waiting() {
    const std::lock_guard lock(m_mutex);
    m_outstanding -= m_waiting.size();
    m_waiting.clear();
    m_waiting_bytes = 0;
}

void TaskPool::work(Upstream& upstream) {
    ProjectWorker worker({.blobs = m_blobs, .upstream = upstream});
    while (true) {
        std::unique_lock lock(m_mutex);
        m_given.wait(lock, [this] { return m_ending || !m_waiting.empty(); });
        if (m_waiting.empty()) {
            return;
        }
        const PreparedTask task = std::move(m_waiting.front());
        m_waiting.pop_front();
        m_waiting_bytes -= task.size_bytes();
        lock.unlock();
        Delivery delivery = worker.run(task);
        lock.lock();
        m_deliveries.push_back(std::move(delivery));
        lock.unlock();
        m_done.notify_one();
    }
}

}  // namespace heliograph::mirror
