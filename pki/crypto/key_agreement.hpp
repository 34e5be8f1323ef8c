// SPDX-License-Identifier: Apache-2.0
// Diffie-Hellman key agreement: X25519 (RFC 7748), P-256 (NIST SP 800-56A) and the safe-prime
// groups of RFC 7919. There is no way to a group of one's own.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/key.hpp>

#include <cstddef>
#include <memory>

struct evp_pkey_st;

namespace heliograph::pki {

enum class AgreementGroup { x25519, p256, ffdhe2048, ffdhe3072, ffdhe4096 };

/// The length of a public value: 32 bytes, 65 (an uncompressed point), or that of the prime.
[[nodiscard]] std::size_t public_value_bytes(AgreementGroup group);

/// The group that a key is of, and none for one that agrees on nothing here.
/// @errors unsupported (the sentence names the kind of key).
[[nodiscard]] Result<AgreementGroup> agreement_group_of(const PublicKey& key);

/// A public key as its raw public value. @errors unsupported. @thread Safe.
[[nodiscard]] Result<Bytes> public_value_of(const PublicKey& key);

/// One private key for key agreement.
/// @thread Safe for agree() and public_value().
class AgreementKey {
  public:
    /// @errors crypto. @cost 40 us; some milliseconds for the large groups.
    [[nodiscard]] static Result<AgreementKey> generate(AgreementGroup group);

    /// The key of a key file. @errors unsupported (no X25519 or P-256 key).
    [[nodiscard]] static Result<AgreementKey> from_key(const PrivateKey& key);

    /// A private value as standards print it: 32 bytes, or a big-endian number for the large
    /// groups.
    /// @errors malformed (not in the group), crypto.
    [[nodiscard]] static Result<AgreementKey> from_private_value(
        AgreementGroup group, const SecretBytes& value
    );

    [[nodiscard]] AgreementGroup group() const { return m_group; }

    /// What the other side is given; public_value_bytes() long.
    [[nodiscard]] const Bytes& public_value() const { return m_public_value; }

    /// Agrees on a secret with the owner of a public value.
    /// @param peer  Exactly public_value_bytes(): padded, uncompressed.
    /// @return      The shared secret, padded to the size of the group. It is not uniform: it is
    ///              input for hkdf(), and no key itself.
    /// @errors malformed (of another length, not on the curve, outside the group, of small order,
    /// or
    ///         one that gives an all-zero secret), crypto.
    /// @thread Safe. @cost 60 us; some milliseconds for the large groups.
    /// @source RFC 7748 section 6.1; NIST SP 800-56A revision 3, sections 5.6.2.3 and 5.7.1;
    ///         RFC 7919 section 5.1.
    [[nodiscard]] Result<SecretBytes> agree(ByteSpan peer) const;

  private:
    AgreementKey(AgreementGroup group, std::shared_ptr<evp_pkey_st> key, Bytes public_value);

    AgreementGroup m_group;
    std::shared_ptr<evp_pkey_st> m_key;
    Bytes m_public_value;
};

}  // namespace heliograph::pki
