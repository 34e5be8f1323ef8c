// SPDX-License-Identifier: Apache-2.0
// XML-RPC calls on a thread of their own: a list of 100,000 projects or 50,000 changes takes longer
// to read and render than a loop may wait. Private to this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/event_sink.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace heliograph::mirror {

/// One for all threads of a server.
/// @thread Safe.
class CallWorker : public std::enable_shared_from_this<CallWorker> {
  public:
    /// So many calls may wait; further ones get the fault that says so.
    static constexpr std::size_t most_waiting = 64;
    /// And so many of one address: nobody keeps the others from being answered.
    static constexpr std::size_t most_of_one = 32;

    /// @param events  Outlives it; none: nobody is told.
    CallWorker(MirrorFolder folder, EventSink* events)
        : m_folder(std::move(folder)), m_events(events) {}
    CallWorker(const CallWorker&) = delete;
    CallWorker& operator=(const CallWorker&) = delete;
    /// Waits for the call that is being answered.
    ~CallWorker();

    /// The exchange that answers this call; null when the request is none, or has no body at hand.
    [[nodiscard]] std::unique_ptr<Exchange> begin(const HttpRequest& request);

  private:
    struct Call;
    class CallExchange;
    enum class Admission { waits, share_used, no_room };

    [[nodiscard]] Admission enqueue(std::shared_ptr<Call> call);
    [[nodiscard]] bool has_thread();
    void work();

    const MirrorFolder m_folder;
    EventSink* const m_events;
    std::mutex m_mutex;
    std::condition_variable m_came;
    std::deque<std::shared_ptr<Call>> m_waiting;
    bool m_stopping = false;
    std::jthread m_thread;  ///< Begins with the first call.
};

}  // namespace heliograph::mirror
