// SPDX-License-Identifier: Apache-2.0
// Private keys under a passphrase: EncryptedPrivateKeyInfo (RFC 5958, section 3) with PBES2 (RFC
// 8018, section 6.2) and nothing older.
#pragma once

#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/key.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace heliograph::pki {

/// A passphrase has 1 to this many bytes.
inline constexpr std::size_t passphrase_limit_bytes = 1024;

/// Gives the passphrase when it is needed: from a file, a descriptor or a person. May be called
/// several times. @errors Whatever prevents it; they are passed on.
using PassphraseSource = std::function<Result<SecretBytes>()>;

/// How a passphrase becomes a key.
enum class KeyStretching {
    scrypt,  ///< N 16384, r 8, p 5: as much memory as OpenSSL 3 allows itself (RFC 7914).
    pbkdf2,  ///< 600,000 rounds of HMAC-SHA-256, for readers without scrypt.
};

/// `scrypt`, `pbkdf2`. @errors invalid_argument.
[[nodiscard]] Result<KeyStretching> parse_key_stretching(std::string_view text);

/// How a key is written: in the clear, or under a passphrase.
struct KeyLock {
    PassphraseSource passphrase = {};  ///< Empty: in the clear.
    KeyStretching stretching = KeyStretching::scrypt;

    [[nodiscard]] bool is_wanted() const { return passphrase != nullptr; }
};

/// One block `ENCRYPTED PRIVATE KEY`, AES-256-CBC; what `openssl pkey` reads. A wrong passphrase
/// shows in the padding and the key's structure only: integrity is not what this form is for.
/// @param passphrase  1 to passphrase_limit_bytes, used as it is.
/// @errors invalid_argument (length of the passphrase), crypto. @thread Safe. @cost About 0.2 s, by
/// intent.
[[nodiscard]] Result<std::string> lock_private_key(
    const PrivateKey& key,
    const SecretBytes& passphrase,
    KeyStretching stretching = KeyStretching::scrypt
);

/// Whether the first private key of a text is encrypted, also in the older form of RFC 1421, which
/// nothing here opens; nothing is opened.
/// @param pem  As for PrivateKey::parse_pem. @errors malformed, not_found (no key block),
///             too_large. @thread Safe.
[[nodiscard]] Result<bool> is_private_key_encrypted(ByteSpan pem);

/// Reads the first private key of a text, encrypted or not.
/// @param pem     As for PrivateKey::parse_pem.
/// @param source  Asked only when the key is encrypted; may be empty, then such a key is refused.
/// @errors Those of PrivateKey::parse_pem; denied (wrong passphrase); unsupported (an older scheme,
///         an unknown cipher, or a cost above 4 million rounds or 32 MiB, which would be an attack
///         on the reader); those of the source.
/// @thread Safe. @cost What the file asks for, at most some seconds.
/// @source RFC 5958 section 3; RFC 8018 appendix A.4; RFC 7914 section 7.
[[nodiscard]] Result<PrivateKey> unlock_private_key(ByteSpan pem, const PassphraseSource& source);

}  // namespace heliograph::pki
