// SPDX-License-Identifier: Apache-2.0
// Private keys in files: read only when nobody else could have read them, never replaced when
// written.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/key.hpp>

#include <filesystem>

namespace heliograph::pki {

/// Reads a key through read_secret_file, which refuses open permissions and foreign owners.
/// @param path  PEM, at most 1 MiB; certificates beside the key are passed over.
/// @errors Those of read_secret_file and of PrivateKey::parse_pem. @thread Safe. @cost One read.
[[nodiscard]] Result<PrivateKey> load_private_key(const std::filesystem::path& path);

/// Writes a new key file with mode 0600, whatever the umask; durable on return.
/// @param path  Must not exist.
/// @errors exists, io, denied. @thread Safe. @cost Two syncs.
[[nodiscard]] Outcome save_private_key(const std::filesystem::path& path, const PrivateKey& key);

}  // namespace heliograph::pki
