// SPDX-License-Identifier: Apache-2.0
// One thread of a server: its listener, its connections, its deadlines. Loops share nothing but the
// count of connections of each client. Private to this room.
#pragma once

#include <mirror/net/address_limiter.hpp>
#include <mirror/net/connection.hpp>
#include <mirror/net/event_loop.hpp>
#include <mirror/net/listener.hpp>
#include <mirror/net/loop_services.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace heliograph::mirror {

/// @thread One.
class ServerLoop {
  public:
    /// @param options, limiter  Outlive the loop.
    /// @param wake              Becomes readable when the server stops; outlives the loop.
    /// @errors network, io.
    [[nodiscard]] static Result<std::unique_ptr<ServerLoop>> make(
        const ServerOptions& options,
        FileDescriptor listener,
        const FileDescriptor& wake,
        AddressLimiter& limiter,
        RequestHandler handler
    );
    ServerLoop(const ServerLoop&) = delete;
    ServerLoop& operator=(const ServerLoop&) = delete;
    ~ServerLoop();

    /// Serves until the wake descriptor is readable and the answers under way are sent.
    void run();

  private:
    ServerLoop(
        const ServerOptions& options,
        FileDescriptor listener,
        AddressLimiter& limiter,
        RequestHandler handler,
        EventLoop events,
        std::shared_ptr<Mailbox> mailbox
    );

    [[nodiscard]] std::optional<std::chrono::milliseconds> longest_wait();
    [[nodiscard]] bool finished() const;
    void dispatch(const epoll_event& event);
    void wake_waiting();
    void accept_waiting();
    void welcome(Accepted accepted);
    void make_room();
    void settle(Connection& connection, Connection::Fate fate);
    void bury(Connection& connection);
    void resume_queued();
    void expire();
    void begin_drain();

    const ServerOptions& m_options;
    FileDescriptor m_listener;
    // Given up for a moment when there is no other descriptor to take a connection with.
    FileDescriptor m_reserve;
    AddressLimiter& m_limiter;
    EventLoop m_events;
    LoopServices m_services;
    std::vector<std::unique_ptr<Connection>> m_connections;
    std::vector<Connection*> m_queued;
    // Ended in this round: events of the same round may still name them.
    std::vector<std::unique_ptr<Connection>> m_ended;
    std::optional<SteadyTime> m_drain_until;
};

}  // namespace heliograph::mirror
