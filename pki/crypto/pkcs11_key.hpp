// SPDX-License-Identifier: Apache-2.0
// Private keys that never leave their device: a smart card, a hardware security module, or SoftHSM
// (PKCS #11), through OpenSSL's engine `pkcs11`.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key.hpp>

#include <filesystem>
#include <string>

namespace heliograph::pki {

/// Where a key is.
struct Pkcs11Address {
    std::filesystem::path module;  ///< The device's library, an absolute path.
    std::string uri;               ///< `pkcs11:token=...;object=...`, without a PIN.
};

/// Opens a key for signing. It cannot be written to a file; all else is as with a key in memory.
/// @param pin  Asked once; a device to which this process has logged in before does not look at it
///             again. The PIN is 1 to passphrase_limit_bytes without a zero byte.
/// @errors invalid_argument (no URI of this kind, a PIN in it, a module that is no absolute path, a
///         zero byte in the PIN), not_found (module), unsupported (no engine, or another kind of
///         key), conflict (another module was used in this process before; the device shows
///         the public half of another key), denied (no such key, or
///         a wrong PIN; devices do not tell which), those of the source.
/// @thread Safe; one at a time. @cost That of the device, and of one signature.
/// @source RFC 7512 (the URI); PKCS #11 2.40.
[[nodiscard]] Result<PrivateKey> open_pkcs11_key(
    const Pkcs11Address& address, const PassphraseSource& pin
);

}  // namespace heliograph::pki
