// SPDX-License-Identifier: Apache-2.0
// Private keys in files: read only when nobody else could have read them, never replaced when
// written.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key.hpp>

#include <filesystem>

namespace heliograph::pki {

/// Reads a key through read_secret_file, which refuses open permissions and foreign owners.
/// @param path  PEM, at most 1 MiB; certificates beside the key are passed over.
/// @errors Those of read_secret_file and of PrivateKey::parse_pem. @thread Safe. @cost One read.
[[nodiscard]] Result<PrivateKey> load_private_key(const std::filesystem::path& path);

/// The same, for a key that may be encrypted.
/// @param passphrase  Asked only when it is; called at most once.
/// @errors Those of read_secret_file and of unlock_private_key. @thread Safe. @cost One read, and
///         what the file asks for to open it.
[[nodiscard]] Result<PrivateKey> load_private_key(
    const std::filesystem::path& path, const PassphraseSource& passphrase
);

/// Writes a new key file with mode 0600, whatever the umask; durable on return.
/// @param path  Must not exist.
/// @errors exists, io, denied. @thread Safe. @cost Two syncs.
[[nodiscard]] Outcome save_private_key(const std::filesystem::path& path, const PrivateKey& key);

/// The same, encrypted as lock_private_key does by default.
/// @errors Also invalid_argument (length of the passphrase), crypto.
[[nodiscard]] Outcome save_private_key(
    const std::filesystem::path& path, const PrivateKey& key, const SecretBytes& passphrase
);

}  // namespace heliograph::pki
