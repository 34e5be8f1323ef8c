// SPDX-License-Identifier: Apache-2.0
// Private: the encodings of keys whose every length is fixed: P-256, P-384 (RFC 5480, RFC 5915),
// Ed25519 and X25519 (RFC 8410). The library's encoders and decoders look for who could do it among
// all that there are, which costs more than a signature; here the bytes are compared and moved.
// Whatever has another form, RSA and keys in devices too, is the library's.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <optional>

namespace heliograph::pki {

/// DER of SubjectPublicKeyInfo; none for a key of another form. @thread Safe.
[[nodiscard]] std::optional<Bytes> write_fixed_spki(const EVP_PKEY* key);

/// DER of PrivateKeyInfo, for elliptic curves with the public half as the library writes it; none
/// for a key of another form. @thread Safe. @source RFC 5958.
[[nodiscard]] std::optional<SecretBytes> write_fixed_pkcs8(const EVP_PKEY* key);

/// The reverse: a point must lie on its curve. Null for all that is not exactly of a fixed form.
/// @thread Safe.
[[nodiscard]] PkeyHandle read_fixed_spki(ByteSpan der);

/// The reverse. Whether the halves match is for the caller to check. Null for all that is not
/// exactly of a fixed form. @thread Safe.
[[nodiscard]] PkeyHandle read_fixed_pkcs8(ByteSpan der);

}  // namespace heliograph::pki
