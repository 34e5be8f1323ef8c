// SPDX-License-Identifier: Apache-2.0
// The buffers of one loop, lent to whichever connection is being served. Idle connections hold
// none. They are never zero-filled: clearing them would cost more than what is read into them.
#pragma once

#include <pki/base/bytes.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace heliograph::mirror {

/// Memory of fixed size, uninitialised, with a fill level.
/// @thread One.
class IoBuffer {
  public:
    explicit IoBuffer(std::size_t capacity)
        : m_bytes(std::make_unique_for_overwrite<std::byte[]>(capacity)), m_capacity(capacity) {}

    [[nodiscard]] std::size_t capacity() const { return m_capacity; }
    [[nodiscard]] ByteSpan filled() const { return {m_bytes.get() + m_begin, m_size}; }
    /// What is filled moves to the front first, so that many drops cost one move.
    [[nodiscard]] std::span<std::byte> room() {
        if (m_begin > 0) {
            std::memmove(m_bytes.get(), m_bytes.get() + m_begin, m_size);
            m_begin = 0;
        }
        return {m_bytes.get() + m_size, m_capacity - m_size};
    }
    /// By what was written to the front of room().
    void grow(std::size_t count) { m_size += count; }
    void drop_front(std::size_t count) {
        m_begin += count;
        m_size -= count;
    }
    void clear() {
        m_begin = 0;
        m_size = 0;
    }

  private:
    std::unique_ptr<std::byte[]> m_bytes;
    std::size_t m_capacity;
    std::size_t m_begin = 0;
    std::size_t m_size = 0;
};

/// The plaintext of one full TLS record.
inline constexpr std::size_t tls_record_bytes = 16U * 1024U;
/// The most plaintext that is encrypted before it is sent.
inline constexpr std::size_t tls_chunk_bytes = 128U * 1024U;
/// What encryption adds at most to a chunk, and small handshake messages.
inline constexpr std::size_t tls_slack_bytes = 32U * 1024U;

/// All buffers of one loop.
struct IoBuffers {
    explicit IoBuffers(std::size_t input_bytes) : input(input_bytes) {}

    IoBuffer input;                     ///< What was received and not yet read.
    IoBuffer file{tls_chunk_bytes};     ///< A piece of a file on its way.
    IoBuffer record{tls_record_bytes};  ///< A head joined with its body.
    IoBuffer staging{2 * tls_chunk_bytes + tls_slack_bytes};  ///< Encrypted, on its way.
};

}  // namespace heliograph::mirror
