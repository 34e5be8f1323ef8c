// SPDX-License-Identifier: Apache-2.0
#include <tests/support/forward_proxy.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace heliograph::test_support {

namespace {

sockaddr_in loopback_port(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void send_all(int socket, const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
        const auto count = send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) {
            return;
        }
        sent += static_cast<std::size_t>(count);
    }
}

// Moves what there is from one to the other; none left ends the tunnel.
bool move_bytes(int from, int to) {
    std::array<char, 16384> buffer{};
    const auto count = recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
        return false;
    }
    send_all(to, {buffer.data(), static_cast<std::size_t>(count)});
    return true;
}

// Until either ends, or the proxy does.
void tunnel(int client, int server, int stop) {
    for (;;) {
        std::array<pollfd, 3> wanted{{{client, POLLIN, 0}, {server, POLLIN, 0}, {stop, POLLIN, 0}}};
        if (poll(wanted.data(), wanted.size(), -1) < 0 || wanted[2].revents != 0) {
            return;
        }
        if ((wanted[0].revents != 0 && !move_bytes(client, server)) ||
            (wanted[1].revents != 0 && !move_bytes(server, client))) {
            return;
        }
    }
}

// What a client says until the empty line; empty: it left.
std::string read_head(int client, int stop) {
    std::string head;
    while (head.find("\r\n\r\n") == std::string::npos) {
        std::array<pollfd, 2> wanted{{{client, POLLIN, 0}, {stop, POLLIN, 0}}};
        std::array<char, 4096> buffer{};
        if (poll(wanted.data(), wanted.size(), -1) < 0 || wanted[1].revents != 0) {
            return {};
        }
        const auto count = recv(client, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            return {};
        }
        head.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return head;
}

}  // namespace

ForwardProxy::ForwardProxy(std::uint16_t port, std::string credentials)
    : m_target(port),
      m_credentials(std::move(credentials)),
      m_listener(socket(AF_INET, SOCK_STREAM, 0)),
      m_stop(eventfd(0, 0)) {
    auto address = loopback_port(0);
    socklen_t size = sizeof address;
    if (bind(m_listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(m_listener, 16) != 0 ||
        getsockname(m_listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        throw std::runtime_error("expected a port of loopback for a proxy");
    }
    m_port = ntohs(address.sin_port);
    m_acceptor = std::thread([this] { accept_until_stopped(); });
}

ForwardProxy::~ForwardProxy() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(m_stop, &one, sizeof one);
    m_acceptor.join();
    for (auto& thread : m_threads) {
        thread.join();
    }
    close(m_listener);
    close(m_stop);
}

std::vector<std::string> ForwardProxy::requests() const {
    const std::lock_guard lock(m_mutex);
    return m_requests;
}

void ForwardProxy::accept_until_stopped() {
    for (;;) {
        std::array<pollfd, 2> wanted{{{m_listener, POLLIN, 0}, {m_stop, POLLIN, 0}}};
        if (poll(wanted.data(), wanted.size(), -1) < 0 || wanted[1].revents != 0) {
            return;
        }
        const int client = accept(m_listener, nullptr, nullptr);
        m_threads.emplace_back([this, client] {
            converse(client);
            close(client);
        });
    }
}

void ForwardProxy::converse(int client) {
    auto head = read_head(client, m_stop);
    if (head.empty()) {
        return;
    }
    {
        const std::lock_guard lock(m_mutex);
        m_requests.push_back(head.substr(0, head.find("\r\n")));
    }
    if (!m_credentials.empty() &&
        head.find("Proxy-Authorization: Basic " + m_credentials + "\r\n") == std::string::npos) {
        send_all(
            client,
            "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        return;
    }
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const auto address = loopback_port(m_target);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        send_all(client, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    } else if (head.starts_with("CONNECT ")) {
        send_all(client, "HTTP/1.1 200 Connection established\r\nVia: tests\r\n\r\n");
        tunnel(client, server, m_stop);
    } else {
        // One request a connection: `GET http://name/path` becomes `GET /path`.
        const auto begin = head.find("http://");
        const auto path = head.find('/', begin + 7);
        head.erase(begin, path - begin);
        head.insert(head.find("\r\n") + 2, "Connection: close\r\n");
        send_all(server, head);
        while (move_bytes(server, client)) {
        }
    }
    close(server);
}

}  // namespace heliograph::test_support
