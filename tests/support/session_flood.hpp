// SPDX-License-Identifier: Apache-2.0
// A TLS client that talks about the session itself as often as a test likes, which no TLS library
// lets a client do: attempts to renegotiate (TLS 1.2) and new keys (TLS 1.3), between its data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace heliograph::test_support {

/// One connection to a port of 127.0.0.1, past its handshake. Does not check the peer.
class SessionFlood {
  public:
    enum class Version { tls12, tls13 };

    /// @errors std::runtime_error when there is no connection or no handshake.
    SessionFlood(std::uint16_t port, Version version);
    ~SessionFlood();
    SessionFlood(const SessionFlood&) = delete;
    SessionFlood& operator=(const SessionFlood&) = delete;

    /// The records of so many messages, each of which asks the server for an answer of its own.
    /// Records must be sent in the order in which they are made.
    [[nodiscard]] std::string messages(std::size_t count);
    /// The records of application data.
    [[nodiscard]] std::string data(std::string_view plain);

    /// False once the other end is gone.
    bool send(std::string_view records);
    /// What the server sends until it closes, as records; waits at most 20 s for each piece.
    [[nodiscard]] std::string read_to_end();
    [[nodiscard]] bool timed_out() const;

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::test_support
