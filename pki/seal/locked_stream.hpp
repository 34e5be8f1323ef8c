// SPDX-License-Identifier: Apache-2.0
// A stream of bytes under a passphrase, in constant memory; FORMAT.md has its layout.
#pragma once

#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/passphrase_key.hpp>
#include <pki/seal/sealed_stream.hpp>

#include <cstdint>
#include <string_view>

namespace heliograph::pki {

/// Who may open it, and what for.
struct StreamLock {
    const SecretBytes& passphrase;  ///< 1 to passphrase_limit_bytes.
    /// What the stream is: a stream of one purpose does not open as one of another. 1 to 64 bytes.
    std::string_view purpose;
    ScryptCost cost = {};  ///< Of locking; a locked stream says its own.
};

/// @return  The size of what was locked. @errors invalid_argument (passphrase, purpose, cost),
/// too_large (4 PiB), crypto, those of source and sink. @thread Safe. @cost One scrypt, one pass.
[[nodiscard]] Result<std::uint64_t> lock_stream(
    const StreamLock& lock, const ByteSource& source, const ByteSink& sink
);

/// Each chunk goes to the sink once its tag was checked; what the sink got is worth something only
/// when this succeeds.
/// @return  The size of what was released.
/// @errors malformed (no locked stream; a chunk that was altered, or a cut), denied (wrong
///         passphrase or purpose, or an altered head: one cannot tell), crypto, those of source and
///         sink. @thread Safe. @cost One scrypt of at most 1 GiB, one pass.
[[nodiscard]] Result<std::uint64_t> unlock_stream(
    const StreamLock& lock, const ByteSource& source, const ByteSink& sink
);

}  // namespace heliograph::pki
