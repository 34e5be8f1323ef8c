// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests, has them answered, writes the answers, one after the other.
// Private to this room.
//
//   handshaking -> reading <-> writing -> (lingering) -> ended
#pragma once

#include <mirror/net/http_codec.hpp>
#include <mirror/net/listener.hpp>
#include <mirror/net/loop_services.hpp>
#include <mirror/net/response_writer.hpp>
#include <mirror/net/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace heliograph::mirror {

/// @thread One: its loop's.
class Connection {
  public:
    /// What the loop does with the connection next.
    enum class Fate {
        waits,    ///< For an event or a deadline.
        goes_on,  ///< Has more to do; others come first.
        ended,    ///< Is to be closed and forgotten.
    };

    /// @param services  Outlives the connection.
    Connection(Accepted accepted, LoopServices& services);

    /// Puts TLS on it, before anything else.
    [[nodiscard]] Outcome secure(const pki::ServerContext& context);

    [[nodiscard]] Fate on_event(std::uint32_t events);
    /// Goes on after `goes_on`.
    [[nodiscard]] Fate serve();
    [[nodiscard]] Fate on_deadline();
    /// The server stops: whoever is not being answered ends.
    [[nodiscard]] Fate on_drain() const;

    /// Takes it out of all lists: it only waits for its destruction.
    void retire();

    [[nodiscard]] int descriptor() const { return m_stream.descriptor(); }
    [[nodiscard]] const ClientKey& client() const { return m_client; }

    /// The loop's own notes: place in its table, and whether it is on the list of those to go on.
    struct Notes {
        std::size_t slot = 0;
        bool queued = false;
        bool ended = false;
    };
    Notes notes;

  private:
    enum class State { handshaking, reading, writing, lingering };

    [[nodiscard]] Fate take_turn();
    [[nodiscard]] std::optional<Fate> step();
    [[nodiscard]] std::optional<Fate> step_handshake();
    [[nodiscard]] std::optional<Fate> step_read();
    [[nodiscard]] std::optional<Fate> step_write();
    [[nodiscard]] std::optional<Fate> step_linger();
    [[nodiscard]] Fate wait_for_input();
    [[nodiscard]] std::optional<Fate> after_answer();
    void answer();
    void refuse(const Refusal& refusal);
    void report_access(int status) const;

    LoopServices& m_services;
    Stream m_stream;
    ClientKey m_client;
    Peer m_peer;
    HttpCodec m_codec;
    ResponseWriter m_writer;
    Deadline m_deadline;
    // Bytes of an unfinished request between two turns; empty for an idle connection.
    Bytes m_saved_input;
    std::uint64_t m_sent_mark = 0;
    int m_answers_in_turn = 0;
    State m_state = State::reading;
    Persistence m_persistence = Persistence::keep;
};

}  // namespace heliograph::mirror
