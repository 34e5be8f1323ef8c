// SPDX-License-Identifier: Apache-2.0
// HPKE, base mode, one message (RFC 9180): DHKEM(X25519 or P-256, HKDF-SHA256), HKDF-SHA256,
// AES-128-GCM. It says nothing about who sealed: sign what must be believed.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/aead.hpp>
#include <pki/crypto/hkdf.hpp>
#include <pki/crypto/key_agreement.hpp>

#include <optional>

namespace heliograph::pki {

/// The RFC's numbers of the key encapsulation: 0x0010 and 0x0020 (section 7.1).
enum class HpkeKem : unsigned { p256 = 0x0010, x25519 = 0x0020 };

/// @errors unsupported (another kind of key). @thread Safe.
[[nodiscard]] Result<HpkeKem> hpke_kem_of(const PublicKey& key);

/// The length of HpkeSealed::encapsulated: 32 or 65 bytes.
[[nodiscard]] std::size_t encapsulated_bytes(HpkeKem kem);

/// A message for the owner of one key.
struct HpkeSealed {
    Bytes encapsulated;  ///< The ephemeral public value, `enc`.
    Bytes ciphertext;    ///< As long as the message, and 16 bytes.
};

/// @param recipient  X25519 or P-256.
/// @param info       What both sides know of the purpose; at most 512 bytes.
/// @param message    At most 1 GiB.
/// @errors unsupported (another kind of key), invalid_argument (info), malformed (a key outside its
///         group), crypto.
/// @thread Safe. @cost Two key agreements. @source RFC 9180 section 6.1.
[[nodiscard]] Result<HpkeSealed> hpke_seal(
    const PublicKey& recipient, HkdfInfo info, AssociatedData associated, const SecretBytes& message
);

/// @return  The message, or none: not for this key, of another purpose, or altered.
/// @errors unsupported (another kind of key), invalid_argument (info), crypto. @thread Safe.
/// @cost One key agreement. @source RFC 9180 section 6.1.
[[nodiscard]] Result<std::optional<SecretBytes>> hpke_open(
    const PrivateKey& recipient, HkdfInfo info, AssociatedData associated, const HpkeSealed& sealed
);

}  // namespace heliograph::pki
