// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/listener.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>

namespace heliograph::mirror {

namespace {

enum class PortSharing { alone, among_loops };

constexpr int backlog = 1024;

Outcome set_option(int socket, int level, int option) {
    const int on = 1;
    if (::setsockopt(socket, level, option, &on, sizeof(on)) != 0) {
        return system_error(errno, "set an option of a listening socket");
    }
    return {};
}

Error bind_error(int number, const SocketAddress& address) {
    const std::string place = address.numeric() + " port " + std::to_string(address.port());
    if (number == EADDRINUSE) {
        return {
            ErrorCode::conflict,
            "expected to listen on " + place +
                ", but another process does; stop it or choose another port"};
    }
    if (number == EACCES) {
        return {ErrorCode::denied, "may not listen on " + place + "; choose a port above 1023"};
    }
    return system_error(number, "listen on " + place);
}

Result<FileDescriptor> open_listener(const SocketAddress& address, PortSharing sharing) {
    FileDescriptor socket(
        ::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)
    );
    if (!socket.is_open()) {
        return system_error(errno, "open a socket");
    }
    HG_CHECK(set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR));
    if (sharing == PortSharing::among_loops) {
        HG_CHECK(set_option(socket.get(), SOL_SOCKET, SO_REUSEPORT));
    }
    // Accepted sockets inherit it: no system call for each connection.
    HG_CHECK(set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY));
    if (::bind(socket.get(), address.raw(), address.size) != 0 ||
        ::listen(socket.get(), backlog) != 0) {
        return bind_error(errno, address);
    }
    return socket;
}

Result<SocketAddress> local_address(const FileDescriptor& socket) {
    SocketAddress address;
    if (::getsockname(socket.get(), address.raw(), &address.size) != 0) {
        return system_error(errno, "read the address of a socket");
    }
    return address;
}

bool is_waiting(int listener) {
    pollfd watched{listener, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
}

}  // namespace

Result<ListenerSet> open_listeners(const std::string& address, std::uint16_t port, unsigned count) {
    HG_TRY(const SocketAddress wanted, SocketAddress::parse(address, port));
    // With SO_REUSEPORT two servers of one user could share a port unnoticed, each getting half of
    // the connections. So the port is taken alone first, which fails when anybody listens there.
    HG_TRY(FileDescriptor alone, open_listener(wanted, PortSharing::alone));
    HG_TRY(const SocketAddress bound, local_address(alone));
    ListenerSet set;
    set.port = bound.port();
    if (count == 1) {
        set.sockets.push_back(std::move(alone));
        return set;
    }
    alone.close();
    for (unsigned i = 0; i < count; ++i) {
        HG_TRY(FileDescriptor socket, open_listener(bound, PortSharing::among_loops));
        set.sockets.push_back(std::move(socket));
    }
    return set;
}

Result<ListenerSet> listeners_of(FileDescriptor socket) {
    HG_TRY(const SocketAddress bound, local_address(socket));
    ListenerSet set;
    set.port = bound.port();
    set.sockets.push_back(std::move(socket));
    return set;
}

AcceptResult accept_one(int listener) {
    AcceptResult result;
    SocketAddress& peer = result.accepted.peer;
    FileDescriptor socket(::accept4(listener, peer.raw(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC)
    );
    if (socket.is_open()) {
        result.state = AcceptState::accepted;
        result.accepted.socket = std::move(socket);
        return result;
    }
    switch (errno) {
        case EAGAIN:
            result.state = AcceptState::none_waiting;
            break;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            // The kernel looks for a descriptor before it looks for a connection.
            result.state =
                is_waiting(listener) ? AcceptState::no_descriptors : AcceptState::none_waiting;
            break;
        default:
            // The client is gone already (ECONNABORTED and the network errors of accept(2)).
            result.state = AcceptState::failed;
    }
    return result;
}

}  // namespace heliograph::mirror
