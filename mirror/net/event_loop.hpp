// SPDX-License-Identifier: Apache-2.0
// epoll with a way to wake it. Private to this room.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <optional>
#include <span>

namespace heliograph::mirror {

/// Interest in a descriptor: listeners are level triggered, connections edge triggered and
/// registered once for both directions.
enum class Interest { accept, connection, wake };

/// One thread's epoll.
/// @thread One.
class EventLoop {
  public:
    /// @errors network (no epoll).
    [[nodiscard]] static Result<EventLoop> make();

    /// @param tag  Comes back with each event of this descriptor.
    [[nodiscard]] Outcome add(int descriptor, Interest interest, void* tag);
    /// A closed descriptor needs no removal.
    void remove(int descriptor);

    /// Waits until something happens or @p longest has passed; none means without end.
    /// @return Valid until the next call.
    [[nodiscard]] std::span<const epoll_event> wait(std::optional<std::chrono::milliseconds> longest
    );

  private:
    explicit EventLoop(FileDescriptor epoll) : m_epoll(std::move(epoll)) {}

    FileDescriptor m_epoll;
    std::array<epoll_event, 256> m_events{};
};

}  // namespace heliograph::mirror
