// SPDX-License-Identifier: Apache-2.0
#include <tests/support/channel.hpp>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace heliograph::test_support {
namespace {

SSL* ssl_of(const std::shared_ptr<void>& ssl) {
    return static_cast<SSL*>(ssl.get());
}

}  // namespace

Channel::Channel(int socket, StopDescriptor stop)
    : m_socket(socket), m_stop(static_cast<int>(stop)) {
    const int flags = ::fcntl(m_socket, F_GETFL);
    ::fcntl(m_socket, F_SETFL, flags | O_NONBLOCK);
}

Channel::~Channel() {
    if (m_socket >= 0) {
        if (m_ssl) {
            SSL_shutdown(ssl_of(m_ssl));
        }
        ::close(m_socket);
    }
}

bool Channel::wait(Direction direction) {
    const short events = direction == Direction::in ? POLLIN : POLLOUT;
    std::array<pollfd, 2> watched{{{m_socket, events, 0}, {m_stop, POLLIN, 0}}};
    while (true) {
        const int ready = ::poll(watched.data(), watched.size(), -1);
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        return ready > 0 && watched[1].revents == 0;
    }
}

bool Channel::stopped() const {
    pollfd watched{m_stop, POLLIN, 0};
    return ::poll(&watched, 1, 0) > 0;
}

bool Channel::handshake(int (*step)(void*)) {
    while (true) {
        ERR_clear_error();
        const int done = step(m_ssl.get());
        if (done == 1) {
            return true;
        }
        const int why = SSL_get_error(ssl_of(m_ssl), done);
        const bool retry = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
        if (!retry || !wait(why == SSL_ERROR_WANT_READ ? Direction::in : Direction::out)) {
            return false;
        }
    }
}

bool Channel::accept_tls(void* context) {
    m_ssl = std::shared_ptr<void>(SSL_new(static_cast<SSL_CTX*>(context)), [](void* ssl) {
        SSL_free(static_cast<SSL*>(ssl));
    });
    SSL_set_fd(ssl_of(m_ssl), m_socket);
    return handshake([](void* ssl) { return SSL_accept(static_cast<SSL*>(ssl)); });
}

bool Channel::connect_tls(void* context) {
    m_ssl = std::shared_ptr<void>(SSL_new(static_cast<SSL_CTX*>(context)), [](void* ssl) {
        SSL_free(static_cast<SSL*>(ssl));
    });
    SSL_set_fd(ssl_of(m_ssl), m_socket);
    return handshake([](void* ssl) { return SSL_connect(static_cast<SSL*>(ssl)); });
}

std::string Channel::read_some() {
    std::array<char, 16384> buffer{};
    while (true) {
        if (m_ssl) {
            ERR_clear_error();
            std::size_t got = 0;
            if (SSL_read_ex(ssl_of(m_ssl), buffer.data(), buffer.size(), &got) == 1) {
                return {buffer.data(), got};
            }
            const int why = SSL_get_error(ssl_of(m_ssl), 0);
            const bool retry = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
            if (!retry || !wait(why == SSL_ERROR_WANT_READ ? Direction::in : Direction::out)) {
                return {};
            }
            continue;
        }
        const ssize_t got = ::recv(m_socket, buffer.data(), buffer.size(), 0);
        if (got >= 0) {
            return {buffer.data(), static_cast<std::size_t>(got)};
        }
        if (errno != EINTR && (errno != EAGAIN || !wait(Direction::in))) {
            return {};
        }
    }
}

bool Channel::write_all(std::string_view bytes) {
    if (stopped()) {
        return false;  // a peer that reads fast enough would never make us wait, and so never stop
    }
    while (!bytes.empty()) {
        if (m_ssl) {
            ERR_clear_error();
            std::size_t sent = 0;
            if (SSL_write_ex(ssl_of(m_ssl), bytes.data(), bytes.size(), &sent) == 1) {
                bytes.remove_prefix(sent);
                continue;
            }
            const int why = SSL_get_error(ssl_of(m_ssl), 0);
            const bool retry = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
            if (!retry || !wait(why == SSL_ERROR_WANT_READ ? Direction::in : Direction::out)) {
                return false;
            }
            continue;
        }
        const ssize_t sent = ::send(m_socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno != EINTR && (errno != EAGAIN || !wait(Direction::out))) {
            return false;
        }
    }
    return true;
}

bool Channel::rest(std::optional<std::chrono::milliseconds> pause) {
    std::array<pollfd, 2> watched{{{m_socket, POLLRDHUP, 0}, {m_stop, POLLIN, 0}}};
    const int timeout = pause ? static_cast<int>(pause->count()) : -1;
    int ready = 0;
    do {
        ready = ::poll(watched.data(), watched.size(), timeout);
    } while (ready < 0 && errno == EINTR);
    return ready == 0;
}

void Channel::reset() {
    const linger at_once{1, 0};
    ::setsockopt(m_socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(m_socket);
    m_socket = -1;
}

}  // namespace heliograph::test_support
