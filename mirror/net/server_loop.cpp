// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/server_loop.hpp>

#include <fcntl.h>

#include <algorithm>

namespace heliograph::mirror {

namespace {

// So many connections are accepted before the existing ones get their turn.
constexpr int accepts_in_a_row = 64;

FileDescriptor open_reserve() {
    return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

ServerLoop::ServerLoop(
    const ServerOptions& options,
    FileDescriptor listener,
    AddressLimiter& limiter,
    RequestHandler handler,
    EventLoop events,
    std::shared_ptr<Mailbox> mailbox
)
    : m_options(options),
      m_listener(std::move(listener)),
      m_reserve(open_reserve()),
      m_limiter(limiter),
      m_events(std::move(events)),
      m_services(options, std::move(handler), std::move(mailbox)) {
}

Result<std::unique_ptr<ServerLoop>> ServerLoop::make(
    const ServerOptions& options,
    FileDescriptor listener,
    const FileDescriptor& wake,
    AddressLimiter& limiter,
    RequestHandler handler
) {
    HG_TRY(EventLoop events, EventLoop::make());
    HG_TRY(auto mailbox, Mailbox::make());
    std::unique_ptr<ServerLoop> loop(new ServerLoop(
        options,
        std::move(listener),
        limiter,
        std::move(handler),
        std::move(events),
        std::move(mailbox)
    ));
    Mailbox& letters = *loop->m_services.mailbox;
    HG_CHECK(loop->m_events.add(letters.descriptor(), Interest::wake, &letters));
    HG_CHECK(loop->m_events.add(loop->m_listener.get(), Interest::accept, &loop->m_listener));
    HG_CHECK(loop->m_events.add(wake.get(), Interest::wake, nullptr));
    return loop;
}

ServerLoop::~ServerLoop() {
    while (!m_connections.empty()) {
        bury(*m_connections.back());
    }
}

void ServerLoop::run() {
    while (!finished()) {
        const auto events = m_events.wait(longest_wait());
        m_services.now = std::chrono::steady_clock::now();
        ++m_services.turn;
        for (const epoll_event& event : events) {
            dispatch(event);
        }
        resume_queued();
        expire();
        m_ended.clear();
    }
}

bool ServerLoop::finished() const {
    return m_drain_until && (m_connections.empty() || m_services.now >= *m_drain_until);
}

std::optional<std::chrono::milliseconds> ServerLoop::longest_wait() {
    if (!m_queued.empty()) {
        return std::chrono::milliseconds(0);
    }
    std::optional<SteadyTime> next = m_drain_until;
    for (const DeadlineList* list : m_services.deadline_lists()) {
        const auto due = list->next_due();
        next = due && (!next || *due < *next) ? due : next;
    }
    if (!next) {
        return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::steady_clock::now());
}

void ServerLoop::dispatch(const epoll_event& event) {
    if (event.data.ptr == nullptr) {
        begin_drain();
        return;
    }
    if (event.data.ptr == &m_listener) {
        accept_waiting();
        return;
    }
    if (event.data.ptr == m_services.mailbox.get()) {
        wake_waiting();
        return;
    }
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if (!connection.notes.ended) {
        settle(connection, connection.on_event(event.events));
    }
}

void ServerLoop::wake_waiting() {
    for (const std::uint64_t number : m_services.mailbox->collect()) {
        const auto found = m_services.wakeable.find(number);
        if (found != m_services.wakeable.end()) {
            Connection& connection = *found->second;
            settle(connection, connection.serve());
        }
    }
}

void ServerLoop::accept_waiting() {
    for (int i = 0; i < accepts_in_a_row && m_listener.is_open(); ++i) {
        AcceptResult result = accept_one(m_listener.get());
        switch (result.state) {
            case AcceptState::accepted:
                welcome(std::move(result.accepted));
                break;
            case AcceptState::failed:
                break;
            case AcceptState::none_waiting:
                return;
            case AcceptState::no_descriptors:
                // The listener reports again: by then a descriptor is free.
                make_room();
                return;
        }
    }
}

void ServerLoop::make_room() {
    m_services.emit(EventLevel::warning, "http.accept.failed", {{"reason", "no descriptor left"}});
    if (Deadline* oldest = m_services.idle.oldest()) {
        bury(oldest->owner());
        return;
    }
    // Nobody is idle: the newcomer is turned away, so that it does not wait for a time-out.
    m_reserve.close();
    static_cast<void>(accept_one(m_listener.get()));
    m_reserve = open_reserve();
}

void ServerLoop::welcome(Accepted accepted) {
    const ClientKey client = accepted.peer.client_key();
    if (m_limiter.admit(client) == Admission::refused) {
        m_services.emit(
            EventLevel::warning,
            "http.refused",
            {{"peer", accepted.peer.numeric()}, {"reason", "too many connections of this client"}}
        );
        return;
    }
    if (m_connections.size() >= m_services.limits.connections_per_thread) {
        Deadline* oldest = m_services.idle.oldest();
        if (oldest == nullptr) {
            m_limiter.release(client);
            return;
        }
        bury(oldest->owner());
    }
    auto connection = std::make_unique<Connection>(std::move(accepted), m_services);
    Connection& placed = *connection;
    placed.notes.slot = m_connections.size();
    m_connections.push_back(std::move(connection));
    const bool secured = !m_options.tls || placed.secure(*m_options.tls).has_value();
    if (!secured || !m_events.add(placed.descriptor(), Interest::connection, &placed)) {
        bury(placed);
    }
}

void ServerLoop::settle(Connection& connection, Connection::Fate fate) {
    if (fate == Connection::Fate::ended) {
        bury(connection);
    } else if (fate == Connection::Fate::goes_on && !connection.notes.queued) {
        connection.notes.queued = true;
        m_queued.push_back(&connection);
    }
}

void ServerLoop::bury(Connection& connection) {
    m_limiter.release(connection.client());
    if (connection.notes.queued) {
        std::erase(m_queued, &connection);
    }
    connection.retire();
    m_events.remove(connection.descriptor());
    const std::size_t slot = connection.notes.slot;
    m_ended.push_back(std::move(m_connections[slot]));
    if (slot + 1 < m_connections.size()) {
        m_connections[slot] = std::move(m_connections.back());
        m_connections[slot]->notes.slot = slot;
    }
    m_connections.pop_back();
}

void ServerLoop::resume_queued() {
    std::vector<Connection*> queued;
    queued.swap(m_queued);
    for (Connection* connection : queued) {
        connection->notes.queued = false;
    }
    for (Connection* connection : queued) {
        if (!connection->notes.ended) {
            settle(*connection, connection->serve());
        }
    }
}

void ServerLoop::expire() {
    for (DeadlineList* list : m_services.deadline_lists()) {
        while (Deadline* deadline = list->expired(m_services.now)) {
            Connection& connection = deadline->owner();
            settle(connection, connection.on_deadline());
        }
    }
}

void ServerLoop::begin_drain() {
    if (m_drain_until) {
        return;
    }
    m_services.phase = LoopPhase::draining;
    m_drain_until = m_services.now + m_options.deadlines.drain;
    m_events.remove(m_listener.get());
    m_listener.close();
    for (std::size_t i = m_connections.size(); i > 0; --i) {
        Connection& connection = *m_connections[i - 1];
        settle(connection, connection.on_drain());
    }
}

}  // namespace heliograph::mirror
