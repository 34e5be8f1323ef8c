// SPDX-License-Identifier: Apache-2.0
// A byte channel over one socket, plain or TLS, that can be interrupted: what the scripted server
// and the plain client stand on. Sockets are non-blocking; every wait also watches a stop
// descriptor.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::test_support {

/// Ends a wait early: readable once everything must stop. -1 means "never".
enum class StopDescriptor : int { none = -1 };

/// One connected socket, owned.
class Channel {
  public:
    /// @param socket  Connected stream socket; the channel closes it.
    /// @param stop    eventfd of the owner.
    Channel(int socket, StopDescriptor stop);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Does the server side of a TLS handshake. @p context is an SSL_CTX.
    [[nodiscard]] bool accept_tls(void* context);

    /// Does the client side of a TLS handshake, without checking the peer. @p context is an
    /// SSL_CTX.
    [[nodiscard]] bool connect_tls(void* context);

    /// @return At least one byte; empty at end of stream, on error and when stopped.
    [[nodiscard]] std::string read_some();

    /// @return false when the peer is gone or the owner stops.
    [[nodiscard]] bool write_all(std::string_view bytes);

    /// Waits for the pause to pass. @return false when the owner stops or the peer hangs up first.
    [[nodiscard]] bool rest(std::optional<std::chrono::milliseconds> pause);

    /// Closes with a TCP reset: unsent data is thrown away.
    void reset();

  private:
    enum class Direction { in, out };
    [[nodiscard]] bool wait(Direction direction);
    [[nodiscard]] bool stopped() const;
    [[nodiscard]] bool handshake(int (*step)(void*));

    int m_socket;
    int m_stop;
    std::shared_ptr<void> m_ssl;
};

}  // namespace heliograph::test_support
