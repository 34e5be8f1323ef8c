// SPDX-License-Identifier: Apache-2.0
#include <pki/seal/chunk_loop.hpp>

namespace heliograph::pki {

Result<std::size_t> fill(const ByteSource& source, std::span<std::byte> room) {
    std::size_t filled = 0;
    while (filled < room.size()) {
        HG_TRY(const std::size_t count, source(room.subspan(filled)));
        if (count == 0) {
            break;
        }
        HG_ASSERT(count <= room.size() - filled);
        filled += count;
    }
    return filled;
}

Result<std::uint64_t> seal_chunks(
    ChunkSealer sealer, const ByteSource& source, const ByteSink& sink
) {
    SecretBytes plaintext(chunk_bytes);
    std::uint64_t total = 0;
    ChunkPlace place = ChunkPlace::inner;
    while (place == ChunkPlace::inner) {
        HG_TRY(const std::size_t size, fill(source, plaintext.writable()));
        // A full chunk is never the last: a message of whole chunks ends with an empty one.
        place = size == chunk_bytes ? ChunkPlace::inner : ChunkPlace::last;
        HG_TRY(const Bytes sealed, sealer.seal(plaintext.expose().first(size), place));
        HG_CHECK(sink(sealed));
        total += size;
    }
    return total;
}

Result<std::optional<std::uint64_t>> open_chunks(
    ChunkOpener opener, const ByteSource& source, const ByteSink& sink
) {
    std::uint64_t total = 0;
    Bytes sealed(sealed_chunk_bytes);
    while (!opener.is_whole()) {
        HG_TRY(const std::size_t size, fill(source, sealed));
        HG_TRY(const auto plaintext, opener.open(ByteSpan(sealed).first(size)));
        if (!plaintext) {
            return std::optional<std::uint64_t>();
        }
        HG_CHECK(sink(plaintext->expose()));
        total += plaintext->size();
    }
    return std::optional(total);
}

}  // namespace heliograph::pki
