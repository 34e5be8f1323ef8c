// SPDX-License-Identifier: Apache-2.0
// HKDF: keys from a shared secret (RFC 5869).
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <cstddef>

namespace heliograph::pki {

enum class HkdfHash { sha256, sha512 };

/// The longest info taken; longer ones do not fit every library below.
inline constexpr std::size_t hkdf_info_limit_bytes = 1024;

/// What makes one derivation differ from another. A type each, so that they cannot change places.
struct HkdfSalt {
    ByteSpan value;  ///< May be empty.
    explicit HkdfSalt(ByteSpan bytes) : value(bytes) {}
};
struct HkdfInfo {
    ByteSpan value;  ///< Names the purpose: never the same for two purposes of one secret.
    explicit HkdfInfo(ByteSpan bytes) : value(bytes) {}
};

/// Extract and expand in one.
/// @param secret      Not empty: what key agreement gave, never a passphrase.
/// @param size_bytes  1 to 255 digests.
/// @errors invalid_argument (sizes), crypto. @thread Safe. @cost Microseconds.
/// @source RFC 5869 sections 2.2 and 2.3.
[[nodiscard]] Result<SecretBytes> hkdf(
    HkdfHash hash, const SecretBytes& secret, HkdfSalt salt, HkdfInfo info, std::size_t size_bytes
);

/// The first half alone: one pseudorandom key of a digest's length. @errors As hkdf().
[[nodiscard]] Result<SecretBytes> hkdf_extract(
    HkdfHash hash, const SecretBytes& secret, HkdfSalt salt
);

/// The second half alone. @param key  Uniformly random already. @errors As hkdf().
[[nodiscard]] Result<SecretBytes> hkdf_expand(
    HkdfHash hash, const SecretBytes& key, HkdfInfo info, std::size_t size_bytes
);

}  // namespace heliograph::pki
