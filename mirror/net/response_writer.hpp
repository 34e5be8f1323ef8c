// SPDX-License-Identifier: Apache-2.0
// Puts one answer on a stream, in as many steps as the socket wants. Private to this room.
#pragma once

#include <mirror/net/http_codec.hpp>
#include <mirror/net/http_message.hpp>
#include <mirror/net/stream.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// Whether the body is left out because the request was HEAD.
enum class BodyUse { sent, left_out };

/// How an answer is framed, beside what the handler said.
struct ReplyFrame {
    std::string_view date_line;
    BodyUse body = BodyUse::sent;
    Persistence persistence = Persistence::keep;
};

/// @thread One.
class ResponseWriter {
  public:
    /// How far advance() came.
    enum class Progress {
        done,     ///< All of it is with the kernel.
        blocked,  ///< The socket takes no more for now.
        yielded,  ///< Sent its share: others come first, then go on.
        starved,  ///< Sent all that is released so far: its writer wakes the connection.
        failed,   ///< The connection or the file broke.
    };

    /// Takes an answer; the one before must be done.
    void start(HttpReply reply, const ReplyFrame& frame);

    /// Takes `100 Continue`, which is followed by the answer. RFC 9110 section 15.2.1.
    void start_invitation();

    [[nodiscard]] Progress advance(Stream& stream, IoBuffers& buffers);

    /// Whether an answer is under way.
    [[nodiscard]] bool busy() const { return m_busy; }

  private:
    [[nodiscard]] IoResult step(Stream& stream, IoBuffers& buffers);
    [[nodiscard]] IoResult step_file(const FileBody& body, Stream& stream, IoBuffers& buffers);
    [[nodiscard]] IoResult step_growing(
        const GrowingBody& body, Stream& stream, IoBuffers& buffers
    );
    [[nodiscard]] bool is_starved() const;
    [[nodiscard]] static Progress flush_or(Stream& stream, Progress otherwise);
    void account(std::size_t bytes);
    [[nodiscard]] ByteSpan head_rest() const;

    std::string m_head;
    std::size_t m_head_sent = 0;
    ReplyBody m_body;
    std::uint64_t m_body_sent = 0;
    std::uint64_t m_body_size = 0;
    bool m_busy = false;
};

/// Answers shorter than this are copied; longer file bodies go from file to socket in the kernel.
/// Measured: below about 24 KiB one copying call is cheaper than two calls.
inline constexpr std::uint64_t copied_body_bytes = 24U * 1024U;

}  // namespace heliograph::mirror
