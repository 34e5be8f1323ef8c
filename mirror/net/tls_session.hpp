// SPDX-License-Identifier: Apache-2.0
// One server-side TLS session. Records are not written to the socket one by one: they gather in the
// loop's staging buffer, and whoever owns the session sends many with one system call.
#pragma once

#include <mirror/net/io_buffers.hpp>
#include <mirror/net/raw_socket.hpp>
#include <mirror/net/ssl_handle.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/peer_identity.hpp>
#include <pki/tls/server_context.hpp>

#include <memory>

namespace heliograph::mirror {

/// @thread One: the loop whose buffers it was given.
class TlsSession {
  public:
    /// @param socket, buffers  Outlive the session.
    /// @errors crypto.
    [[nodiscard]] static Result<std::unique_ptr<TlsSession>> make(
        const pki::ServerContext& context, RawSocket& socket, IoBuffers& buffers
    );
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;
    ~TlsSession() = default;

    /// `blocked` after each flight: send what is staged, then wait for the client.
    [[nodiscard]] IoResult handshake();

    /// Decrypts what has arrived. `failed` for a client that sends more than a few messages about
    /// the session itself (attempts to renegotiate, new keys, alerts): each costs work, and most an
    /// answer in the staging buffer, before any request is seen. RFC 8446 section 4.6.3.
    [[nodiscard]] IoResult read(std::span<std::byte> into);

    /// Encrypts into the staging buffer, all of it.
    /// @param plain  At most tls_chunk_bytes, with that much and tls_slack_bytes of room staged.
    [[nodiscard]] IoState write(ByteSpan plain);

    /// Stages the closing alert.
    void close();

    /// The client's certificate; none when it gave none.
    /// @errors malformed (accepted by the handshake and yet unreadable here).
    [[nodiscard]] Result<std::shared_ptr<const pki::PeerIdentity>> identity() const;

  private:
    TlsSession(RawSocket& socket, IoBuffers& buffers) : m_socket(socket), m_buffers(buffers) {}

    static int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written);
    static int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* read);
    static long bio_control(BIO* bio, int command, long number, void* pointer);
    static const BIO_METHOD* bio_method();
    static void note_message(
        int written,
        int version,
        int type,
        const void* content,
        std::size_t size,
        SSL* ssl,
        void* session
    );
    [[nodiscard]] bool is_flooded() const;
    [[nodiscard]] IoState state_after(int outcome) const;

    RawSocket& m_socket;
    IoBuffers& m_buffers;
    SslHandle m_ssl;
    bool m_reading = false;
    // Handshake messages and alerts of the client, after the handshake.
    unsigned m_session_messages = 0;
};

}  // namespace heliograph::mirror
