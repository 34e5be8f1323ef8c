// SPDX-License-Identifier: Apache-2.0
// Listening sockets: one for each loop, all on one port (SO_REUSEPORT). Private to this room.
#pragma once

#include <mirror/net/socket_address.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Listening, non-blocking sockets of one address.
struct ListenerSet {
    std::vector<FileDescriptor> sockets;
    std::uint16_t port = 0;
};

/// @param count  One for each loop.
/// @errors invalid_argument (address), denied, conflict (somebody else listens there), network.
[[nodiscard]] Result<ListenerSet> open_listeners(
    const std::string& address, std::uint16_t port, unsigned count
);

/// The set of one socket that listens already. @errors io (it is none).
[[nodiscard]] Result<ListenerSet> listeners_of(FileDescriptor socket);

/// A connection that was just made.
struct Accepted {
    FileDescriptor socket;
    SocketAddress peer;
};

/// Why accept gave nothing.
enum class AcceptState { accepted, none_waiting, no_descriptors, failed };

struct AcceptResult {
    AcceptState state = AcceptState::none_waiting;
    Accepted accepted;
};

/// One connection, non-blocking, if one waits.
[[nodiscard]] AcceptResult accept_one(int listener);

}  // namespace heliograph::mirror
