// SPDX-License-Identifier: Apache-2.0
// Fernet: short messages under a shared key, with the time at which they were sealed. The tokens
// are those of the Fernet specification, version 0x80, which Python's cryptography reads and
// writes.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// A message is held in memory whole: Fernet is for small ones.
inline constexpr std::size_t fernet_message_limit_bytes = 16U * 1024U * 1024U;
/// The token of such a message is not longer.
inline constexpr std::size_t fernet_token_limit_bytes =
    4U * (fernet_message_limit_bytes / 3U + 32U);
/// The text of a key.
inline constexpr std::size_t fernet_key_text_bytes = 44;
/// A token may come from a clock that is this much ahead; looked at only when an age is asked for.
inline constexpr std::chrono::seconds fernet_clock_skew{60};

/// 32 secret bytes: 16 to authenticate, 16 to encrypt.
/// @thread As SecretBytes.
class FernetKey {
  public:
    /// @errors crypto.
    [[nodiscard]] static Result<FernetKey> generate();

    /// @param text  Exactly 44 characters of padded base64url, and nothing else.
    /// @errors malformed (the sentence does not repeat the text). @source Fernet specification,
    ///         "Key Format".
    [[nodiscard]] static Result<FernetKey> parse(ByteSpan text);

    /// 44 characters, for a file that only its owner can read.
    [[nodiscard]] SecretBytes to_text() const;

    [[nodiscard]] const SecretBytes& signing_key() const { return m_signing; }
    [[nodiscard]] const SecretBytes& encryption_key() const { return m_encryption; }

  private:
    explicit FernetKey(ByteSpan bytes)
        : m_signing(bytes.first(16)), m_encryption(bytes.subspan(16)) {}

    SecretBytes m_signing;
    SecretBytes m_encryption;
};

/// Why a token does not open.
enum class FernetDefect {
    malformed,       ///< Not the form of a token.
    not_authentic,   ///< By none of the keys, or altered.
    expired,         ///< Authentic, and older than the age asked for.
    from_the_future  ///< Authentic, and sealed more than the clock skew after now.
};

/// The word for JSON documents: `malformed`, `not-authentic`, `expired`, `from-the-future`.
[[nodiscard]] std::string_view fernet_defect_name(FernetDefect defect);

/// How old a token may be.
struct FernetAge {
    std::chrono::seconds limit;  ///< The `ttl`: not negative.
    Instant now;
};

/// What opening a token showed: a defect or a message, and the time when it is authentic.
struct FernetOpening {
    std::optional<FernetDefect> defect;
    std::optional<Instant> sealed_at;
    SecretBytes message;  ///< Empty with a defect: nothing is released before all checks.
};

/// Keys in the order of their use: the first seals, all open. Keys are changed by putting a new one
/// in front and dropping the last when nothing of it is left.
/// @thread Safe for its const functions.
class FernetKeyring {
  public:
    /// @param keys  At least one, at most 64. @errors invalid_argument.
    [[nodiscard]] static Result<FernetKeyring> of(std::vector<FernetKey> keys);

    /// @param message  At most fernet_message_limit_bytes.
    /// @param now      Stands in the token for everybody to read.
    /// @return         Padded base64url, no line end. @errors too_large, crypto,
    ///                 invalid_argument (an instant before 1970). @thread Safe. @cost Two passes.
    [[nodiscard]] Result<std::string> seal(ByteSpan message, Instant now) const;

    /// @param token  Padded base64url, nothing around it.
    /// @param age    None: any age will do, and a time ahead too, as in Python's cryptography.
    /// @return       What it showed; a wrong token is a defect, never an error.
    /// @errors too_large, invalid_argument (a negative age), crypto.
    /// @thread Safe. @cost One pass for each key, one to decrypt.
    /// @source Fernet specification, "Verifying".
    [[nodiscard]] Result<FernetOpening> open(
        std::string_view token, const std::optional<FernetAge>& age
    ) const;

    /// The same message and time under the first key. @errors As open(); malformed (a defect).
    [[nodiscard]] Result<std::string> rotate(std::string_view token) const;

  private:
    explicit FernetKeyring(std::vector<FernetKey> keys) : m_keys(std::move(keys)) {}

    std::vector<FernetKey> m_keys;
};

}  // namespace heliograph::pki
