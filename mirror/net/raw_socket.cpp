// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/raw_socket.hpp>

#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace heliograph::mirror {

void RawSocket::note_events(std::uint32_t events) {
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        m_readable = true;
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        m_hung_up = true;
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        m_writable = true;
    }
}

IoResult RawSocket::receive(std::span<std::byte> into) {
    if (!m_readable) {
        return {IoState::blocked};
    }
    const auto count = ::recv(m_socket.get(), into.data(), into.size(), 0);
    if (count > 0) {
        const auto received = static_cast<std::size_t>(count);
        m_readable = m_hung_up || received == into.size();
        return {IoState::done, received};
    }
    if (count == 0) {
        return {IoState::closed};
    }
    if (errno == EAGAIN) {
        m_readable = false;
        return {IoState::blocked};
    }
    return {errno == EINTR ? IoState::done : IoState::failed};
}

IoResult RawSocket::send(ByteSpan first, ByteSpan second, Follows follows) {
    if (!m_writable) {
        return {IoState::blocked};
    }
    iovec parts[2] = {
        {const_cast<std::byte*>(first.data()), first.size()},
        {const_cast<std::byte*>(second.data()), second.size()}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = second.empty() ? 1 : 2;
    const int flags = MSG_NOSIGNAL | (follows == Follows::more ? MSG_MORE : 0);
    return sent(::sendmsg(m_socket.get(), &message, flags));
}

IoResult RawSocket::send_file(int file, std::uint64_t offset_bytes, std::size_t most_bytes) {
    if (!m_writable) {
        return {IoState::blocked};
    }
    auto offset = static_cast<off_t>(offset_bytes);
    const auto count = ::sendfile(m_socket.get(), file, &offset, most_bytes);
    if (count == 0) {
        return {IoState::failed};
    }
    return sent(count);
}

IoResult RawSocket::sent(long outcome) {
    if (outcome >= 0) {
        m_sent += static_cast<std::uint64_t>(outcome);
        return {IoState::done, static_cast<std::size_t>(outcome)};
    }
    if (errno == EAGAIN) {
        m_writable = false;
        return {IoState::blocked};
    }
    return {errno == EINTR ? IoState::done : IoState::failed};
}

void RawSocket::end_sending() {
    // The other end may be gone, which is as good.
    static_cast<void>(::shutdown(m_socket.get(), SHUT_WR));
}

}  // namespace heliograph::mirror
