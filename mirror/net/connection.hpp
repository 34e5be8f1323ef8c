// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests, has them answered, writes the answers, one after the other.
// Private to this room.
//
//   handshaking -> reading <-----------------------> writing -> (lingering) -> ended
//                     └-> (inviting) -> exchanging ->┘
#pragma once

#include <mirror/net/http_codec.hpp>
#include <mirror/net/listener.hpp>
#include <mirror/net/loop_services.hpp>
#include <mirror/net/response_writer.hpp>
#include <mirror/net/stream.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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
    enum class State { handshaking, reading, inviting, exchanging, writing, lingering };

    // What a request log line says of a request.
    struct AccessLine {
        std::string method;
        std::string path;
        std::string user_agent;
    };

    // One exchange under way.
    struct Talk {
        std::unique_ptr<Exchange> exchange;
        BodyReader body;
        AccessLine access;
        BodyUse reply_body = BodyUse::sent;
        bool told_end = false;
        std::uint64_t body_mark = 0;
        SteadyTime body_began;
        std::optional<SteadyTime> body_ended = std::nullopt;
    };

    [[nodiscard]] Fate take_turn();
    [[nodiscard]] std::optional<Fate> step();
    [[nodiscard]] std::optional<Fate> step_handshake();
    [[nodiscard]] std::optional<Fate> step_read();
    [[nodiscard]] std::optional<Fate> step_write();
    [[nodiscard]] std::optional<Fate> step_linger();
    // More input, or what @p wait says when there is none yet.
    [[nodiscard]] std::optional<Fate> receive_or(Fate (Connection::*wait)());
    [[nodiscard]] Fate wait_for_input();
    [[nodiscard]] std::optional<Fate> after_answer();
    void answer();
    void begin_exchange(std::unique_ptr<Exchange> exchange);
    [[nodiscard]] std::optional<Fate> step_invite();
    [[nodiscard]] std::optional<Fate> step_exchange();
    [[nodiscard]] std::optional<Fate> step_body();
    [[nodiscard]] Fate wait_for_body();
    [[nodiscard]] Fate wait_for_exchange();
    [[nodiscard]] Fate on_body_deadline();
    void end_exchange(HttpReply reply);
    void drop_exchange();
    // The answer under way is given out as it is being written.
    void stop_growing();
    void start_reply(HttpReply reply, BodyUse body);
    void refuse(const RequestRefusal& refusal);
    [[nodiscard]] AccessLine access_line() const;
    void report_access(const AccessLine& line, int status) const;

    LoopServices& m_services;
    Stream m_stream;
    ClientKey m_client;
    Peer m_peer;
    HttpCodec m_codec;
    ResponseWriter m_writer;
    std::unique_ptr<Talk> m_talk;
    std::uint64_t m_number;
    Deadline m_deadline;
    // Bytes of an unfinished request between two turns; empty for an idle connection.
    Bytes m_saved_input;
    std::uint64_t m_sent_mark = 0;
    int m_answers_in_turn = 0;
    std::size_t m_taken_in_turn = 0;
    // Bytes of a refused body that are still on their way.
    bool m_body_unread = false;
    bool m_grows = false;
    int m_linger_rounds = 0;
    std::uint64_t m_lingered = 0;
    State m_state = State::reading;
    Persistence m_persistence = Persistence::keep;
};

}  // namespace heliograph::mirror
