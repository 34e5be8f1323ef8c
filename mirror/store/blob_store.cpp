// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/blob_store.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <utility>

namespace heliograph::mirror {

Error blob_error(int error_number, std::string_view action) {
    auto error = system_error(error_number, action);
    // No medium for it any more, or a link, a folder, a socket or a device in its place.
    static constexpr std::array of_the_blob{EIO, EUCLEAN, ELOOP, EISDIR, ENXIO, ENODEV};
    const bool is_damage =
        std::find(of_the_blob.begin(), of_the_blob.end(), error_number) != of_the_blob.end();
    return error.code() == ErrorCode::io && !is_damage ? Error(ErrorCode::denied, error.message())
                                                       : std::move(error);
}

Outcome read_blob_pieces(const OpenBlob& blob, const std::function<Outcome(ByteSpan)>& take) {
    constexpr std::size_t piece_bytes = std::size_t{256} * 1024;
    // One for each thread: clearing it costs more than a small blob does.
    thread_local Bytes buffer(piece_bytes);
    std::uint64_t offset = 0;
    while (true) {
        const auto count = ::pread(
            blob.descriptor.get(), buffer.data(), buffer.size(), static_cast<::off_t>(offset)
        );
        if (count < 0) {
            if (errno == EINTR) {
                continue;
            }
            return blob_error(errno, "read a blob");
        }
        if (count == 0) {
            return {};
        }
        HG_CHECK(take(ByteSpan(buffer).first(static_cast<std::size_t>(count))));
        offset += static_cast<std::uint64_t>(count);
    }
}

Result<Bytes> read_blob(
    const BlobStore& blobs, const pki::Sha256& digest, std::uint64_t limit_bytes
) {
    HG_TRY(const auto blob, blobs.open(digest));
    Bytes bytes;
    HG_CHECK(read_blob_pieces(blob, [&](ByteSpan piece) -> Outcome {
        if (piece.size() > limit_bytes - bytes.size()) {
            return Error(
                ErrorCode::too_large,
                "expected the blob " + digest.to_hex() + " to have at most " +
                    std::to_string(limit_bytes) + " bytes, it has more"
            );
        }
        bytes.insert(bytes.end(), piece.begin(), piece.end());
        return {};
    }));
    return bytes;
}

Result<pki::Sha256> hash_blob(const BlobStore& blobs, const pki::Sha256& name) {
    HG_TRY(const auto blob, blobs.open(name));
    return hash_blob(blob, [](std::uint64_t) { return Outcome(); });
}

Result<pki::Sha256> hash_blob(const OpenBlob& blob, const PieceProgress& progress) {
    pki::Sha256Hasher hasher;
    HG_CHECK(read_blob_pieces(blob, [&](ByteSpan piece) -> Outcome {
        hasher.update(piece);
        return progress(piece.size());
    }));
    return hasher.finish();
}

Result<bool> holds_blob(
    const BlobStore& blobs, const pki::Sha256& digest, std::uint64_t size_bytes
) {
    const auto blob = blobs.open(digest);
    if (blob) {
        return blob->size_bytes == size_bytes;
    }
    if (blob.error().code() == ErrorCode::not_found) {
        return false;
    }
    return blob.error();
}

}  // namespace heliograph::mirror
