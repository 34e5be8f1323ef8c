// SPDX-License-Identifier: Apache-2.0
// Private: moves a stream through the chunks of a message, for every kind of sealed file.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/seal/sealed_stream.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace heliograph::pki {

/// Reads until the room is full or the source ends.
[[nodiscard]] Result<std::size_t> fill(const ByteSource& source, std::span<std::byte> room);

/// All chunks until the source ends. @return The size of the plaintext.
[[nodiscard]] Result<std::uint64_t> seal_chunks(
    ChunkSealer sealer, const ByteSource& source, const ByteSink& sink
);

/// All chunks until the last. @return The size of the plaintext; none for an altered or cut
/// message.
[[nodiscard]] Result<std::optional<std::uint64_t>> open_chunks(
    ChunkOpener opener, const ByteSource& source, const ByteSink& sink
);

}  // namespace heliograph::pki
