// SPDX-License-Identifier: Apache-2.0
// A forward proxy on loopback, for http URLs and CONNECT. Every name it is asked for leads to one
// port of this machine, so that a client behind it needs no name server. Raw sockets alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace heliograph::test_support {

/// @thread Every member may be called from any thread.
class ForwardProxy {
  public:
    /// @param port         Where all names lead.
    /// @param credentials  The Basic credentials in base64 that it demands; empty: none.
    explicit ForwardProxy(std::uint16_t port, std::string credentials = {});
    ~ForwardProxy();
    ForwardProxy(const ForwardProxy&) = delete;
    ForwardProxy& operator=(const ForwardProxy&) = delete;

    [[nodiscard]] std::uint16_t port() const { return m_port; }
    /// The request lines so far.
    [[nodiscard]] std::vector<std::string> requests() const;

  private:
    void accept_until_stopped();
    void converse(int client);

    std::uint16_t m_target;
    std::string m_credentials;
    int m_listener{-1};
    int m_stop{-1};
    std::uint16_t m_port{0};
    mutable std::mutex m_mutex;
    std::vector<std::string> m_requests;
    std::list<std::thread> m_threads;
    std::thread m_acceptor;
};

}  // namespace heliograph::test_support
