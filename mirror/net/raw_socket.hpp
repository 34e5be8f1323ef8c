// SPDX-License-Identifier: Apache-2.0
// A connected, non-blocking socket under edge-triggered events. Private to this room.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace heliograph::mirror {

/// How a transfer ended. Bytes may have moved in each case.
enum class IoState {
    done,     ///< Went as far as it was asked, or as far as it cared to go in one call.
    blocked,  ///< Would wait: the next event will tell.
    closed,   ///< The other end will send no more.
    failed,   ///< The connection is of no more use.
};

struct IoResult {
    IoState state = IoState::done;
    std::size_t bytes = 0;
};

/// Whether more bytes follow at once, so that the kernel may wait for them.
enum class Follows { nothing, more };

/// Knows from events and short reads whether a system call can give anything, and makes none
/// otherwise.
/// @thread One.
class RawSocket {
  public:
    explicit RawSocket(FileDescriptor socket) : m_socket(std::move(socket)) {}

    /// Takes in what epoll said.
    void note_events(std::uint32_t events);

    /// `done` with no bytes means: ask again.
    [[nodiscard]] IoResult receive(std::span<std::byte> into);
    /// Both pieces in one system call.
    [[nodiscard]] IoResult send(ByteSpan first, ByteSpan second, Follows follows);
    /// From file to socket inside the kernel. A file that ends early is `failed`.
    [[nodiscard]] IoResult send_file(int file, std::uint64_t offset_bytes, std::size_t most_bytes);
    /// Tells the other end that no more comes.
    void end_sending();

    [[nodiscard]] int descriptor() const { return m_socket.get(); }
    /// Bytes that the kernel has taken so far.
    [[nodiscard]] std::uint64_t sent_bytes() const { return m_sent; }

  private:
    [[nodiscard]] IoResult sent(long outcome);

    FileDescriptor m_socket;
    bool m_readable = false;
    bool m_writable = true;
    // Set when the other end has shut down: from then on a short read does not mean "empty",
    // since the end itself raises no further event.
    bool m_hung_up = false;
    std::uint64_t m_sent = 0;
};

}  // namespace heliograph::mirror
