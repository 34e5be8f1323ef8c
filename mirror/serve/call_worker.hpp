// SPDX-License-Identifier: Apache-2.0
// What takes longer to read and render than a loop may wait, on a thread of its own: XML-RPC calls
// (a list of 100,000 projects, 50,000 changes) and the list of projects after a change. Private to
// this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/serve/read_view.hpp>
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

    /// @param roots   That of the server. @param events  Outlives it; none: nobody is told.
    CallWorker(MirrorFolder folder, std::shared_ptr<RootIndex> roots, EventSink* events)
        : m_folder(std::move(folder)), m_roots(std::move(roots)), m_events(events) {}
    CallWorker(const CallWorker&) = delete;
    CallWorker& operator=(const CallWorker&) = delete;
    /// Waits for the call that is being answered.
    ~CallWorker();

    /// The exchange that answers this call; null when the request is none, or has no body at hand.
    [[nodiscard]] std::unique_ptr<Exchange> begin(const HttpRequest& request);

    /// The exchange that answers with the list of projects; null when the request is for something
    /// else, or the list is at hand. Any number may wait: one rendering serves them all.
    /// @param view  That of the calling thread.
    [[nodiscard]] std::unique_ptr<Exchange> begin_list(const HttpRequest& request, ReadView& view);

  private:
    struct Call;
    class CallExchange;
    enum class Admission { waits, share_used, no_room, no_thread };

    [[nodiscard]] static HttpReply refusal(Admission admission, const HttpRequest& request);
    [[nodiscard]] std::unique_ptr<Exchange> exchange_for(const HttpRequest& request);
    [[nodiscard]] Admission enqueue(std::shared_ptr<Call> call);
    [[nodiscard]] Admission admit(const HttpRequest& request) const;
    [[nodiscard]] bool has_thread();
    void tell(const HttpRequest& request, const Error& error) const;
    void work();

    const MirrorFolder m_folder;
    const std::shared_ptr<RootIndex> m_roots;
    EventSink* const m_events;
    std::mutex m_mutex;
    std::condition_variable m_came;
    std::deque<std::shared_ptr<Call>> m_waiting;
    bool m_stopping = false;
    std::jthread m_thread;  ///< Begins with the first call.
};

}  // namespace heliograph::mirror
