// SPDX-License-Identifier: Apache-2.0
// A connection's bytes in both directions, plain or TLS. Private to this room.
#pragma once

#include <mirror/net/io_buffers.hpp>
#include <mirror/net/raw_socket.hpp>
#include <mirror/net/tls_session.hpp>

#include <memory>
#include <optional>

namespace heliograph::mirror {

/// Over TLS, bytes that are sent may wait in the loop's staging buffer; flush() sends them, and
/// keeps for this connection what the socket does not take. It must be called before the loop turns
/// to another connection: reading stages bytes too, namely answers to TLS messages.
/// @thread One: the loop whose buffers it was given.
class Stream {
  public:
    /// @param buffers  Outlive the stream.
    Stream(FileDescriptor socket, IoBuffers& buffers);

    /// Puts TLS on the connection, before any byte.
    [[nodiscard]] Outcome secure(const pki::ServerContext& context);

    void note_events(std::uint32_t events) { m_socket.note_events(events); }

    /// `done` at once on a plain connection.
    [[nodiscard]] IoResult handshake();
    [[nodiscard]] Result<std::shared_ptr<const pki::PeerIdentity>> identity() const;
    [[nodiscard]] IoResult receive(std::span<std::byte> into);
    /// Takes from both pieces in order, perhaps not all.
    [[nodiscard]] IoResult send(ByteSpan first, ByteSpan second, Follows follows);
    /// Only if sends_files().
    [[nodiscard]] IoResult send_file(int file, std::uint64_t offset_bytes, std::size_t most_bytes);
    /// How much one send() cares to take.
    [[nodiscard]] std::size_t appetite_bytes() const { return m_chunk_bytes; }
    /// Whether file content can skip this process.
    [[nodiscard]] bool sends_files() const { return m_tls == nullptr; }
    /// `failed` also when the client reads so little that more would be kept than is staged at
    /// once.
    [[nodiscard]] IoState flush();

    /// Receives and forgets, below TLS: for a connection that is only waiting for its end.
    [[nodiscard]] IoResult receive_raw(std::span<std::byte> into) { return m_socket.receive(into); }

    /// Says farewell (TLS alert, FIN) as far as the socket takes it at once.
    void finish();
    /// Forgets what was staged, for a connection that ends here.
    void discard_staged() { m_buffers.staging.clear(); }

    [[nodiscard]] int descriptor() const { return m_socket.descriptor(); }
    [[nodiscard]] std::uint64_t sent_bytes() const { return m_socket.sent_bytes(); }

  private:
    [[nodiscard]] IoResult encrypt(ByteSpan first, ByteSpan second);
    [[nodiscard]] IoState flush_pending();

    RawSocket m_socket;
    IoBuffers& m_buffers;
    std::unique_ptr<TlsSession> m_tls;
    // Encrypted bytes that the socket did not take; nothing is encrypted while there are any.
    Bytes m_pending;
    std::size_t m_pending_sent = 0;
    // Shrinks for a slow reader, so that little memory waits for it.
    std::size_t m_chunk_bytes = tls_chunk_bytes;
};

}  // namespace heliograph::mirror
