// SPDX-License-Identifier: Apache-2.0
// Private and public keys: PKCS #8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)
// in PEM (RFC 7468).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct evp_pkey_st;

namespace heliograph::pki {

/// Kinds of key that this toolkit makes. P-256 is the default everywhere; NSS and browsers refuse
/// Ed25519 for TLS. X25519 agrees on secrets and signs nothing: for files sealed to its owner.
enum class KeyType { p256, p384, rsa3072, ed25519, x25519 };

/// `p256`, `p384`, `rsa3072`, `ed25519`, `x25519`. @thread Safe.
[[nodiscard]] std::string_view key_type_name(KeyType type);

/// @param text  The name of a kind that signs: every one but `x25519`.
/// @errors invalid_argument (the sentence lists the names). @thread Safe.
[[nodiscard]] Result<KeyType> parse_signing_key_type(std::string_view text);

/// One PEM document of a key is at most this long.
inline constexpr std::size_t key_pem_limit_bytes = 64U * 1024U;

/// A public key: a cheap shared handle to an immutable value.
/// @thread Safe to copy and use from several threads.
class PublicKey {
  public:
    /// @param pem  One `PUBLIC KEY` block; at most key_pem_limit_bytes.
    /// @errors malformed, too_large, unsupported (another kind of key than the policy knows: EC
    ///         P-256, P-384, Ed25519, X25519 or RSA of 2048 to 8192 bits).
    /// @source RFC 7468 section 13.
    [[nodiscard]] static Result<PublicKey> parse_pem(std::string_view pem);

    /// @param der  A SubjectPublicKeyInfo and nothing behind it. @errors malformed, unsupported.
    [[nodiscard]] static Result<PublicKey> parse_spki(ByteSpan der);

    /// One `PUBLIC KEY` block with a final newline; what `openssl pkey -pubin` reads.
    [[nodiscard]] std::string to_pem() const;

    /// DER of SubjectPublicKeyInfo.
    [[nodiscard]] Bytes spki_der() const;

    /// `EC P-256`, `Ed25519`, `RSA 2048`: for people.
    [[nodiscard]] std::string description() const;

    /// Same key, whatever it was read from.
    friend bool operator==(const PublicKey& left, const PublicKey& right);

    /// Takes over a library handle (for the rooms that hold the library's headers).
    [[nodiscard]] static PublicKey adopt(std::shared_ptr<evp_pkey_st> handle);
    [[nodiscard]] evp_pkey_st* native() const { return m_handle.get(); }

  private:
    explicit PublicKey(std::shared_ptr<evp_pkey_st> handle) : m_handle(std::move(handle)) {}

    std::shared_ptr<evp_pkey_st> m_handle;
};

/// A private key: move-only, wiped when it goes, printable only as SecretBytes.
/// @thread One thread at a time for moves; signing with one key from several threads is safe.
class PrivateKey {
  public:
    /// A fresh key from the library's random generator.
    /// @errors crypto. @cost About 40 us for P-256, some 100 ms for RSA.
    [[nodiscard]] static Result<PrivateKey> generate(KeyType type = KeyType::p256);

    /// @param pem  The first `PRIVATE KEY` or `EC PRIVATE KEY` block of a text which may also hold
    /// certificates
    ///             (a bundle); at most 1 MiB in all. Encrypted keys are for unlock_private_key().
    /// @errors malformed, too_large, not_found (no key block), unsupported (encrypted, or another
    /// kind of key).
    /// @source RFC 5958; RFC 5915.
    [[nodiscard]] static Result<PrivateKey> parse_pem(ByteSpan pem);

    /// @param der  A PrivateKeyInfo or an ECPrivateKey, and nothing behind it.
    /// @errors malformed (also: halves that do not match), unsupported (another kind of key).
    /// @source RFC 5958; RFC 5915.
    [[nodiscard]] static Result<PrivateKey> parse_der(ByteSpan der);

    /// One unencrypted `PRIVATE KEY` block. Only for a file that nobody else can read, and only for
    /// a key in memory: one in a device cannot leave it, which the caller knows.
    [[nodiscard]] SecretBytes to_pem() const;

    /// The same in DER (PrivateKeyInfo), under the same conditions.
    [[nodiscard]] SecretBytes to_der() const;

    [[nodiscard]] PublicKey public_key() const;
    /// The same as DER of SubjectPublicKeyInfo. @cost Less than public_key(), which makes a copy.
    [[nodiscard]] Bytes spki_der() const;
    /// Whether @p key is the public half. @cost Less than public_key(), which makes a copy.
    [[nodiscard]] bool belongs_to(const PublicKey& key) const;

    struct Deleter {
        void operator()(evp_pkey_st* handle) const noexcept;
    };
    using Handle = std::unique_ptr<evp_pkey_st, Deleter>;

    /// Takes over a library handle (for the rooms that hold the library's headers).
    [[nodiscard]] static PrivateKey adopt(Handle handle);
    [[nodiscard]] evp_pkey_st* native() const { return m_handle.get(); }

  private:
    explicit PrivateKey(Handle handle) : m_handle(std::move(handle)) {}

    Handle m_handle;
};

}  // namespace heliograph::pki
