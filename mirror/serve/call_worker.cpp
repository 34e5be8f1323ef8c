// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/call_worker.hpp>
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
        if (admission != Admission::waits) {
            const std::lock_guard lock(m_call->mutex);
            m_call->reply =
                admission == Admission::share_used ? too_many_calls_reply() : unavailable_reply();
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
    auto call = std::make_shared<Call>();
    call->request = request;
    call->request.turn = 0;
    return std::make_unique<CallExchange>(shared_from_this(), std::move(call));
}

CallWorker::Admission CallWorker::enqueue(std::shared_ptr<Call> call) {
    const auto is_own = [&](const auto& other) {
        return other->request.peer.address == call->request.peer.address;
    };
    const std::lock_guard lock(m_mutex);
    // Clients that left take nobody's place.
    std::erase_if(m_waiting, [](const auto& other) { return !other->is_wanted; });
    const auto own = std::count_if(m_waiting.begin(), m_waiting.end(), is_own);
    if (std::cmp_greater_equal(own, most_of_one)) {
        return Admission::share_used;
    }
    if (m_waiting.size() >= most_waiting || !has_thread()) {
        return Admission::no_room;
    }
    m_waiting.push_back(std::move(call));
    m_came.notify_one();
    return Admission::waits;
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
        HttpReply reply = unavailable_reply();
        if (catalog) {
            ReadView view{**catalog, *blobs, m_folder.marker().role, cache};
            reply = answer_request(call->request, view, events);
        }
        {
            const std::lock_guard lock(call->mutex);
            call->reply = std::move(reply);
        }
        call->request.waker.wake();
    }
}

}  // namespace heliograph::mirror
