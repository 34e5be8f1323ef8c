// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/call_worker.hpp>
#include <mirror/serve/route.hpp>
#include <mirror/serve/router.hpp>
#include <mirror/serve/xml_rpc_reply.hpp>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

struct CallWorker::Call {
    HttpRequest request;
    std::atomic<bool> is_wanted{true};
    std::mutex mutex;
    std::optional<HttpReply> reply;
};

HttpReply CallWorker::refusal(Admission admission, const HttpRequest& request) {
    if (!is_xml_rpc_call(request)) {
        return admission == Admission::no_thread ? overloaded_reply() : unreadable_reply();
    }
    return admission == Admission::share_used ? too_many_calls_reply() : unavailable_reply();
}

class CallWorker::CallExchange final : public Exchange {
  public:
    CallExchange(std::shared_ptr<CallWorker> worker, std::shared_ptr<Call> call)
        : m_worker(std::move(worker)), m_call(std::move(call)) {}
    CallExchange(const CallExchange&) = delete;
    CallExchange& operator=(const CallExchange&) = delete;
    ~CallExchange() override { m_call->is_wanted = false; }

    // The body is in the request already.
    [[nodiscard]] std::size_t appetite_bytes() override { return 4096; }
    void take(ByteSpan /*piece*/) override {}

    void end() override {
        const auto admission = m_worker->enqueue(m_call);
        if (admission == Admission::no_thread) {
            m_worker->tell(
                m_call->request,
                Error(
                    ErrorCode::io,
                    "expected room for one more thread to answer on, the system gave none; lower "
                    "what runs here, or raise its limits"
                )
            );
        }
        if (admission != Admission::waits) {
            const std::lock_guard lock(m_call->mutex);
            m_call->reply = refusal(admission, m_call->request);
        }
    }

    [[nodiscard]] std::optional<HttpReply> reply() override {
        const std::lock_guard lock(m_call->mutex);
        return std::exchange(m_call->reply, std::nullopt);
    }

  private:
    std::shared_ptr<CallWorker> m_worker;
    std::shared_ptr<Call> m_call;
};

CallWorker::~CallWorker() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_came.notify_all();
}

std::unique_ptr<Exchange> CallWorker::begin(const HttpRequest& request) {
    if (!is_xml_rpc_call(request) || request.arrival != BodyArrival::whole) {
        return nullptr;
    }
    return exchange_for(request);
}

std::unique_ptr<Exchange> CallWorker::begin_list(const HttpRequest& request, ReadView& view) {
    const bool asks = request.method == Method::get || request.method == Method::head;
    if (!asks || request.path != "/simple/" || request.arrival != BodyArrival::whole) {
        return nullptr;
    }
    const auto at_hand = is_root_list_at_hand(request, view);
    // What cannot be read is told by the route.
    return !at_hand || *at_hand ? nullptr : exchange_for(request);
}

std::unique_ptr<Exchange> CallWorker::exchange_for(const HttpRequest& request) {
    auto call = std::make_shared<Call>();
    call->request = request;
    call->request.turn = 0;
    return std::make_unique<CallExchange>(shared_from_this(), std::move(call));
}

CallWorker::Admission CallWorker::enqueue(std::shared_ptr<Call> call) {
    const std::lock_guard lock(m_mutex);
    if (is_xml_rpc_call(call->request)) {
        // Clients that left take nobody's place.
        std::erase_if(m_waiting, [](const auto& other) { return !other->is_wanted; });
        const auto admission = admit(call->request);
        if (admission != Admission::waits) {
            return admission;
        }
    }
    if (!has_thread()) {
        return Admission::no_thread;
    }
    m_waiting.push_back(std::move(call));
    m_came.notify_one();
    return Admission::waits;
}

CallWorker::Admission CallWorker::admit(const HttpRequest& request) const {
    const auto own = std::count_if(m_waiting.begin(), m_waiting.end(), [&](const auto& other) {
        return other->request.peer.address == request.peer.address;
    });
    if (std::cmp_greater_equal(own, most_of_one)) {
        return Admission::share_used;
    }
    return m_waiting.size() >= most_waiting ? Admission::no_room : Admission::waits;
}

// A machine without room for one more thread is no reason to stop serving.
bool CallWorker::has_thread() {
    if (!m_thread.joinable()) {
        try {
            m_thread = std::jthread([this] { work(); });
        } catch (const std::system_error&) {
            return false;
        }
    }
    return true;
}

void CallWorker::tell(const HttpRequest& request, const Error& error) const {
    if (m_events != nullptr) {
        tell_failure(request, error, *m_events);
    }
}

void CallWorker::work() {
    SilentSink silence;
    EventSink& events = m_events != nullptr ? *m_events : silence;
    auto catalog = m_folder.open_catalog();
    const auto blobs = m_folder.open_blobs();
    PreparedCache cache(0);
    while (true) {
        std::shared_ptr<Call> call;
        {
            std::unique_lock lock(m_mutex);
            m_came.wait(lock, [&] { return m_stopping || !m_waiting.empty(); });
            if (m_stopping) {
                return;
            }
            call = std::move(m_waiting.front());
            m_waiting.pop_front();
        }
        if (!call->is_wanted) {
            continue;
        }
        if (!catalog) {
            catalog = m_folder.open_catalog();
        }
        HttpReply reply = refusal(Admission::no_room, call->request);
        if (catalog) {
            ReadView view{**catalog, *blobs, m_folder.marker().role, cache, 0, m_roots};
            reply = answer_request(call->request, view, events);
        } else {
            tell(call->request, catalog.error());
        }
        {
            const std::lock_guard lock(call->mutex);
            call->reply = std::move(reply);
        }
        call->request.waker.wake();
    }
}

}  // namespace heliograph::mirror
