// SPDX-License-Identifier: Apache-2.0
// The bytes of one request body out of the bytes of the connection: counted, or in chunks. As
// strict as the head's scanner, for the same reason. RFC 9112 sections 6 and 7.1. Private to this
// room.
#pragma once

#include <mirror/net/head_scanner.hpp>
#include <pki/base/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace heliograph::mirror {

/// How a body is framed; no length: chunked.
struct BodyFraming {
    std::optional<std::uint64_t> length_bytes = 0;
};

/// Reads one body. Chunk extensions are read over; trailer fields are refused, since nobody here
/// would look at them.
class BodyReader {
  public:
    enum class State {
        reading,  ///< Needs more input, or another call with what is left of it.
        whole,
        refused,
    };

    /// One step.
    struct Step {
        State state = State::reading;
        std::size_t consumed_bytes = 0;  ///< Of the input; 0 while reading: more input is needed.
        ByteSpan piece;                  ///< Of the body, a part of the input; may be empty.
    };

    /// @param limit_bytes  Of the body; a counted one is within it already.
    BodyReader(BodyFraming framing, std::uint64_t limit_bytes);

    /// @param input       Everything received and not consumed.
    /// @param most_bytes  Longest piece wanted.
    [[nodiscard]] Step read(ByteSpan input, std::size_t most_bytes);

    [[nodiscard]] bool is_whole() const { return m_phase == Phase::whole; }
    /// Bytes of the body so far.
    [[nodiscard]] std::uint64_t body_bytes() const { return m_body_bytes; }
    /// After `refused`.
    [[nodiscard]] const RequestRefusal& refusal() const { return m_refusal; }

  private:
    enum class Phase { counted, chunk_size, chunk_data, chunk_end, last_line, whole, refused };

    [[nodiscard]] Step read_size_line(std::string_view input);
    [[nodiscard]] Step read_line_end(std::string_view input, Phase next);
    [[nodiscard]] Step read_data(ByteSpan input, std::size_t most_bytes);
    [[nodiscard]] Step refuse(int status, std::string_view sentence);

    Phase m_phase;
    std::uint64_t m_left = 0;  ///< Of the counted body, or of the chunk.
    std::uint64_t m_limit_bytes;
    std::uint64_t m_body_bytes = 0;
    RequestRefusal m_refusal;
};

}  // namespace heliograph::mirror
