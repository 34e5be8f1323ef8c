// SPDX-License-Identifier: Apache-2.0
// A channel between a process and its child, over which a socket can go along (unix(7)).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <span>
#include <system_error>

namespace heliograph::mirror {

/// Both ends, which no program that is started inherits.
struct ChannelEnds {
    FileDescriptor here;
    FileDescriptor there;
};
/// @errors io. @thread Safe.
[[nodiscard]] Result<ChannelEnds> open_channel();

/// Sends all bytes, at least one. @errors io (the other end has gone). @thread One for each end.
[[nodiscard]] Outcome send_bytes(const FileDescriptor& channel, ByteSpan bytes);
/// The same, with another handle of a socket.
[[nodiscard]] Outcome send_bytes_with(
    const FileDescriptor& channel, ByteSpan bytes, const FileDescriptor& socket
);
/// Tells the other end that no more comes. @errors io.
[[nodiscard]] Outcome end_sending(const FileDescriptor& channel);

struct ReceivedBytes {
    std::size_t count = 0;  ///< Fewer than were asked for: the other end has sent its last.
    FileDescriptor socket;  ///< Open if one came along.
};
/// Waits until all of @p into is filled, or for the end. @errors io. @thread One for each end.
[[nodiscard]] Result<ReceivedBytes> receive_bytes(
    const FileDescriptor& channel, std::span<std::byte> into
);

/// In the network of this process, as in a new namespace, where it is down (netdevice(7)).
/// @return What the kernel says against it. @thread Safe.
[[nodiscard]] std::error_code bring_loopback_up();

}  // namespace heliograph::mirror
