// SPDX-License-Identifier: Apache-2.0
// Private: the bytes of a Fernet token, without the question which key and which time are right.
// ```
//  0x80 | u64 seconds | 16 IV | AES-128-CBC of the message, PKCS #7 padded | 32 HMAC-SHA256
//  '------------------- authenticated -----------------------------------'
// ```
#pragma once

#include <pki/crypto/fernet.hpp>

#include <array>
#include <cstdint>
#include <optional>

namespace heliograph::pki {

using FernetVector = std::array<std::byte, 16>;

/// What stands in a token beside its message.
struct FernetStamp {
    std::uint64_t seconds;
    FernetVector initial;
};

/// @errors too_large, crypto.
[[nodiscard]] Result<std::string> render_fernet(
    const FernetKey& key, ByteSpan message, const FernetStamp& stamp
);

/// A decoded token; nothing of it is to be believed before is_authentic().
struct FernetToken {
    Bytes raw;

    /// None for text that is no token.
    [[nodiscard]] static std::optional<FernetToken> decode(std::string_view text);

    [[nodiscard]] std::uint64_t seconds() const;
    /// @errors crypto.
    [[nodiscard]] Result<bool> is_authentic(const FernetKey& key) const;
    /// None when the padding is wrong, which an authentic token of a sound writer never has.
    /// @errors crypto.
    [[nodiscard]] Result<std::optional<SecretBytes>> decrypt(const FernetKey& key) const;
};

}  // namespace heliograph::pki
