// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/event_loop.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace heliograph::mirror {

namespace {

std::uint32_t events_for(Interest interest) {
    if (interest == Interest::connection) {
        return EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    }
    return EPOLLIN;
}

}  // namespace

Result<EventLoop> EventLoop::make() {
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll.is_open()) {
        return system_error(errno, "create an epoll instance");
    }
    return EventLoop(std::move(epoll));
}

Outcome EventLoop::add(int descriptor, Interest interest, void* tag) {
    epoll_event event{};
    event.events = events_for(interest);
    event.data.ptr = tag;
    if (::epoll_ctl(m_epoll.get(), EPOLL_CTL_ADD, descriptor, &event) != 0) {
        return system_error(errno, "watch a socket");
    }
    return {};
}

void EventLoop::remove(int descriptor) {
    // Fails only for a descriptor that is not watched, which is what is wanted.
    static_cast<void>(::epoll_ctl(m_epoll.get(), EPOLL_CTL_DEL, descriptor, nullptr));
}

std::span<const epoll_event> EventLoop::wait(std::optional<std::chrono::milliseconds> longest) {
    int timeout = -1;
    if (longest) {
        const auto bounded = std::min<std::chrono::milliseconds::rep>(
            longest->count(), std::numeric_limits<int>::max()
        );
        timeout = static_cast<int>(std::max<std::chrono::milliseconds::rep>(bounded, 0));
    }
    const int ready =
        ::epoll_wait(m_epoll.get(), m_events.data(), static_cast<int>(m_events.size()), timeout);
    // A signal is no event: the caller comes back.
    return {m_events.data(), ready > 0 ? static_cast<std::size_t>(ready) : 0};
}

}  // namespace heliograph::mirror
