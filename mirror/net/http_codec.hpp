// SPDX-License-Identifier: Apache-2.0
// From bytes to requests. This interface is all that a connection knows of HTTP/1.1, so that the
// parser behind it can be replaced and another protocol can stand beside it.
#pragma once

#include <mirror/net/body_reader.hpp>
#include <mirror/net/head_scanner.hpp>
#include <mirror/net/http_message.hpp>

#include <cstddef>
#include <string_view>

namespace heliograph::mirror {

/// What happens to the connection after an answer.
enum class Persistence { keep, close };

/// Reads the requests of one connection, one after the other.
class HttpCodec {
  public:
    enum class State {
        incomplete,
        complete,
        streaming,  ///< The head is complete, and the body does not come through here.
        refused,
    };

    /// Whether the client waits for `100 Continue`. RFC 9110 section 10.1.1.
    enum class Invitation { not_needed, awaited };

    explicit HttpCodec(const ServerLimits& limits) : m_limits(limits), m_scanner(limits) {}

    /// Tries to read one request.
    /// @param input    From the request's first byte; after `incomplete`, the same bytes and more.
    /// @param request  Filled when `complete` or `streaming`; its peer is left alone.
    State read(std::string_view input, HttpRequest& request);

    /// After `complete` or `streaming`: how many bytes the request took, or its head alone.
    [[nodiscard]] std::size_t consumed_bytes() const { return m_consumed; }
    [[nodiscard]] std::size_t head_bytes() const { return m_head_bytes; }
    /// After `complete` or `streaming`: how the bytes behind the head are framed.
    [[nodiscard]] BodyFraming framing() const { return m_framing; }
    [[nodiscard]] Invitation invitation() const { return m_invitation; }
    /// After `complete` or `streaming`: what the client asked for.
    [[nodiscard]] Persistence persistence() const { return m_persistence; }
    /// After `refused`: the connection must be closed behind the answer.
    [[nodiscard]] const RequestRefusal& refusal() const { return m_refusal; }

    /// Makes ready for the next request.
    void reset();

  private:
    State refuse(int status, std::string_view sentence);
    State read_head(std::string_view head, HttpRequest& request);
    State judge_head(int version, std::string_view target, HttpRequest& request);
    State judge_body(int version, HttpRequest& request);
    State judge_expectation(int version, const HeaderList& headers);
    State judge_length(std::string_view text, HttpRequest& request);

    ServerLimits m_limits;
    HeadScanner m_scanner;
    std::size_t m_head_bytes = 0;
    std::size_t m_body_bytes = 0;
    std::size_t m_consumed = 0;
    BodyFraming m_framing;
    Invitation m_invitation = Invitation::not_needed;
    BodyArrival m_arrival = BodyArrival::whole;
    Persistence m_persistence = Persistence::keep;
    RequestRefusal m_refusal;
};

}  // namespace heliograph::mirror
