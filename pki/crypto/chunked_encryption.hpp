// SPDX-License-Identifier: Apache-2.0
// Cobblestone-128 and -256: messages of any length in chunks of 16 KiB, in constant memory, such
// that nothing of a chunk is released before its tag was checked, and a cut shows (C2SP,
// c2sp.org/chunked-encryption).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/aead.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace heliograph::pki {

inline constexpr std::size_t chunk_bytes = 16U * 1024U;
/// A chunk with its tag. The last one of a message is always shorter.
inline constexpr std::size_t sealed_chunk_bytes = chunk_bytes + gcm_tag_bytes;

/// Salt and commitment, which stand before the chunks.
inline constexpr std::size_t chunked_header_bytes = 24 + 32;
using ChunkedHeader = std::array<std::byte, chunked_header_bytes>;

/// Data that both sides know and that is not in the message: at most 512 bytes.
struct ChunkedContext {
    ByteSpan value;
    explicit ChunkedContext(ByteSpan bytes) : value(bytes) {}
};

/// Where in the message a chunk stands.
enum class ChunkPlace {
    inner,  ///< Exactly chunk_bytes of plaintext.
    last,   ///< Less, maybe none.
};

/// Makes one message, chunk by chunk.
/// @thread One thread at a time.
class ChunkSealer {
  public:
    /// @param key  16 (Cobblestone-128) or 32 (-256) uniformly random bytes.
    /// @errors invalid_argument (key or context), crypto. @source chunked-encryption, "Key
    ///         derivation".
    [[nodiscard]] static Result<ChunkSealer> start(const SecretBytes& key, ChunkedContext context);

    /// What must be written first.
    [[nodiscard]] const ChunkedHeader& header() const { return m_header; }

    /// @param plaintext  Of the length that its place asks for, which is a promise of the caller.
    /// @errors too_large (4 PiB), crypto.
    [[nodiscard]] Result<Bytes> seal(ByteSpan plaintext, ChunkPlace place);

  private:
    ChunkSealer(AesGcm cipher, const GcmNonce& base, const ChunkedHeader& header)
        : m_cipher(std::move(cipher)), m_base_nonce(base), m_header(header) {}

    AesGcm m_cipher;
    GcmNonce m_base_nonce;
    ChunkedHeader m_header;
    std::uint64_t m_counter = 0;
    bool m_ended = false;
};

/// Opens one message, chunk by chunk.
/// @thread One thread at a time.
class ChunkOpener {
  public:
    /// @param header  The first chunked_header_bytes of the message.
    /// @return        None when the commitment is another's: wrong key or context, or altered.
    /// @errors invalid_argument (key or context), crypto.
    [[nodiscard]] static Result<std::optional<ChunkOpener>> start(
        const SecretBytes& key, ChunkedContext context, const ChunkedHeader& header
    );

    /// @param sealed  The next sealed_chunk_bytes, or all that is left of the message.
    /// @return        The plaintext, or none: altered, out of order, or cut. After none, and after
    ///                a chunk shorter than sealed_chunk_bytes, nothing opens any more.
    /// @errors crypto.
    [[nodiscard]] Result<std::optional<SecretBytes>> open(ByteSpan sealed);

    /// Whether the last chunk was opened: only then the message is whole.
    [[nodiscard]] bool is_whole() const { return m_state == State::whole; }

  private:
    enum class State { going, whole, broken };

    ChunkOpener(AesGcm cipher, const GcmNonce& base)
        : m_cipher(std::move(cipher)), m_base_nonce(base) {}

    AesGcm m_cipher;
    GcmNonce m_base_nonce;
    std::uint64_t m_counter = 0;
    State m_state = State::going;
};

}  // namespace heliograph::pki
