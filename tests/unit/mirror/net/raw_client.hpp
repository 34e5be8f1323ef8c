// SPDX-License-Identifier: Apache-2.0
// A blocking TCP client for tests that want to see each byte and each end of a connection.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace heliograph::test {

/// Connects to a port of 127.0.0.1. Reads give up after 20 s, so that a failing test ends.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0)
        : m_socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (m_socket < 0) {
            throw std::runtime_error("raw client: no socket");
        }
        const timeval longest{20, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
        if (receive_buffer_bytes > 0) {
            ::setsockopt(
                m_socket, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes)
            );
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
            ::close(m_socket);
            throw std::runtime_error("raw client: not connected");
        }
    }
    RawClient(RawClient&& other) noexcept
        : m_socket(std::exchange(other.m_socket, -1)), m_rest(std::move(other.m_rest)) {}
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() {
        if (m_socket >= 0) {
            ::close(m_socket);
        }
    }

    /// False once the other end is gone.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto count = ::send(m_socket, text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    /// Sends as much as fits without waiting. @return How much that was.
    std::size_t offer(std::string_view text) {
        const auto count = ::send(m_socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    /// Says that nothing follows.
    void end_sending() { ::shutdown(m_socket, SHUT_WR); }

    /// All until the other end closes; a reset counts as an end. `stalled` when nothing comes.
    std::string read_to_end() {
        while (fill()) {
        }
        return std::exchange(m_rest, {});
    }

    /// One answer with its body by Content-Length; what follows it is kept for the next call.
    std::string read_reply() {
        while (m_rest.find("\r\n\r\n") == std::string::npos) {
            if (!fill()) {
                return std::exchange(m_rest, {});
            }
        }
        const std::size_t head = m_rest.find("\r\n\r\n") + 4;
        const auto field = m_rest.find("Content-Length: ");
        std::size_t body = 0;
        if (field < head) {
            body = std::stoul(m_rest.substr(field + 16));
        }
        while (m_rest.size() < head + body && fill()) {
        }
        std::string reply = m_rest.substr(0, head + body);
        m_rest.erase(0, reply.size());
        return reply;
    }

    /// What comes next, however little; waits for it.
    std::string read_some() {
        if (m_rest.empty() && !fill()) {
            throw std::runtime_error("raw client: nothing more came");
        }
        return std::exchange(m_rest, std::string());
    }

    /// Whether the other end closes within @p milliseconds, with nothing sent before.
    bool closed_within(int milliseconds) {
        pollfd watched{m_socket, POLLIN, 0};
        if (::poll(&watched, 1, milliseconds) != 1) {
            return false;
        }
        char byte = 0;
        return ::recv(m_socket, &byte, 1, MSG_PEEK) <= 0;
    }

    [[nodiscard]] bool timed_out() const { return m_timed_out; }

  private:
    bool fill() {
        char piece[65536];
        const auto count = ::recv(m_socket, piece, sizeof(piece), 0);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            m_timed_out = true;
        }
        if (count <= 0) {
            return false;
        }
        m_rest.append(piece, static_cast<std::size_t>(count));
        return true;
    }

    int m_socket;
    std::string m_rest;
    bool m_timed_out = false;
};

}  // namespace heliograph::test
