// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): a strong type for the value, one call for bytes at hand, a hasher for
// streams.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace heliograph::pki {

/// A SHA-256 value. Ordered, so that it can be a key; the default is all zero bits, which no known
/// input has.
struct Sha256 {
    std::array<std::byte, 32> bytes{};

    /// @param text  Exactly 64 lower-case hexadecimal digits.
    /// @errors malformed. @thread Safe. @cost None.
    [[nodiscard]] static Result<Sha256> parse_hex(std::string_view text);

    /// @param raw  Exactly 32 bytes.
    /// @errors malformed. @thread Safe. @cost None.
    [[nodiscard]] static Result<Sha256> from_bytes(ByteSpan raw);

    /// 64 lower-case hexadecimal digits. @thread Safe.
    [[nodiscard]] std::string to_hex() const;

    [[nodiscard]] ByteSpan span() const { return bytes; }

    friend auto operator<=>(const Sha256&, const Sha256&) = default;
    friend bool operator==(const Sha256&, const Sha256&) = default;
};

/// Hashes a stream piece by piece.
/// @thread One thread at a time for each object. @cost One pass over what is given; no copy of it
/// is kept.
class Sha256Hasher {
  public:
    Sha256Hasher();

    /// Adds the next piece, of any size.
    void update(ByteSpan piece);

    /// The digest of all pieces; the hasher then starts anew, for the next stream.
    [[nodiscard]] Sha256 finish();

  private:
    struct Deleter {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, Deleter> m_context;
};

/// The digest of bytes at hand. @thread Safe. @cost One pass.
[[nodiscard]] Sha256 sha256(ByteSpan bytes);

}  // namespace heliograph::pki

/// The digest is already uniform, so its first bytes do as a hash.
template <>
struct std::hash<heliograph::pki::Sha256> {
    std::size_t operator()(const heliograph::pki::Sha256& digest) const noexcept {
        std::size_t folded = 0;
        for (std::size_t i = 0; i < sizeof(folded); ++i) {
            folded = (folded << 8U) | std::to_integer<std::size_t>(digest.bytes[i]);
        }
        return folded;
    }
};
