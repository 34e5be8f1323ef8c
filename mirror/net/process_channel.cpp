// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/process_channel.hpp>

#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace heliograph::mirror {

namespace {

// Room for one descriptor beside a message.
struct Along {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> space{};
};

msghdr message_of(iovec& part) {
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    return message;
}

void put_along(msghdr& message, Along& along, int socket) {
    message.msg_control = along.space.data();
    message.msg_controllen = along.space.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
}

Result<std::size_t> send_piece(const FileDescriptor& channel, const msghdr& message) {
    while (true) {
        const auto count = ::sendmsg(channel.get(), &message, MSG_NOSIGNAL);
        if (count >= 0) {
            return static_cast<std::size_t>(count);
        }
        if (errno != EINTR) {
            return system_error(errno, "tell another process");
        }
    }
}

iovec part_of(ByteSpan bytes) {
    return {const_cast<std::byte*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<ChannelEnds> open_channel() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return system_error(errno, "make a pair of sockets");
    }
    return ChannelEnds{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Outcome send_bytes(const FileDescriptor& channel, ByteSpan bytes) {
    while (!bytes.empty()) {
        iovec part = part_of(bytes);
        HG_TRY(const auto sent, send_piece(channel, message_of(part)));
        bytes = bytes.subspan(sent);
    }
    return {};
}

Outcome send_bytes_with(
    const FileDescriptor& channel, ByteSpan bytes, const FileDescriptor& socket
) {
    Along along;
    iovec part = part_of(bytes);
    auto message = message_of(part);
    put_along(message, along, socket.get());
    HG_TRY(const auto sent, send_piece(channel, message));
    return send_bytes(channel, bytes.subspan(sent));
}

Outcome end_sending(const FileDescriptor& channel) {
    if (::shutdown(channel.get(), SHUT_WR) != 0) {
        return system_error(errno, "end a message to another process");
    }
    return {};
}

Result<ReceivedBytes> receive_bytes(const FileDescriptor& channel, std::span<std::byte> into) {
    ReceivedBytes received;
    while (received.count < into.size()) {
        Along along;
        const auto rest = into.subspan(received.count);
        iovec part{rest.data(), rest.size()};
        auto message = message_of(part);
        message.msg_control = along.space.data();
        message.msg_controllen = along.space.size();
        const auto count = ::recvmsg(channel.get(), &message, MSG_CMSG_CLOEXEC);
        if (count < 0 && errno != EINTR) {
            return system_error(errno, "hear of another process");
        }
        if (count == 0) {
            break;
        }
        received.count += count < 0 ? 0 : static_cast<std::size_t>(count);
        const cmsghdr* const header = count < 0 ? nullptr : CMSG_FIRSTHDR(&message);
        if (header != nullptr && header->cmsg_type == SCM_RIGHTS) {
            int socket = -1;
            std::memcpy(&socket, CMSG_DATA(header), sizeof socket);
            received.socket = FileDescriptor(socket);
        }
    }
    return received;
}

std::error_code bring_loopback_up() {
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", sizeof "lo");
    if (!socket.is_open() || ::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) {
        return {errno, std::generic_category()};
    }
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) {
        return {errno, std::generic_category()};
    }
    return {};
}

}  // namespace heliograph::mirror
