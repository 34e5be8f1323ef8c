// SPDX-License-Identifier: Apache-2.0
// Digests that upload tools state beside SHA-256: MD5 (RFC 1321) and BLAKE2b with 32 bytes (RFC
// 7693). They show what was damaged on the way; nothing is ever trusted for them.
#pragma once

#include <pki/base/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct evp_md_ctx_st;

namespace heliograph::pki {

/// @thread One thread at a time for each object. @cost One pass, three times that of SHA-256.
class Md5Hasher {
  public:
    Md5Hasher();
    void update(ByteSpan piece);
    /// 32 lower-case hexadecimal digits; the hasher then starts anew. None where the machine's
    /// policy has no MD5 (FIPS 140).
    [[nodiscard]] std::optional<std::string> finish_hex();

  private:
    struct Deleter {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Deleter> m_context;  ///< Null without MD5.
};

/// BLAKE2b-256 without a key. OpenSSL 3.0 has the 64-byte form alone, from which this one does not
/// follow. @thread One thread at a time for each object. @cost One pass.
class Blake2bHasher {
  public:
    Blake2bHasher();
    void update(ByteSpan piece);
    /// 64 lower-case hexadecimal digits; the hasher then starts anew.
    [[nodiscard]] std::string finish_hex();

  private:
    static constexpr std::size_t block_bytes = 128;
    enum class Block { inner, last };
    void begin();
    void compress(Block block);

    std::array<std::uint64_t, 8> m_state{};
    std::array<std::byte, block_bytes> m_block{};
    std::size_t m_filled = 0;
    std::uint64_t m_seen_bytes = 0;  ///< Those of blocks that were compressed, and of this one.
};

}  // namespace heliograph::pki
