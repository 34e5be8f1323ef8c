// SPDX-License-Identifier: Apache-2.0
// One file into the store: one pass for digest and blob, then its metadata. Nothing is published
// yet.
#pragma once

#include <mirror/publish/dist_reader.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>

#include <filesystem>

namespace heliograph::mirror {

struct IntakeLimits {
    std::uint64_t file_bytes = 4ULL << 30;  ///< Largest file taken.
    DistLimits dist;
};

/// A file that lies in the blob store and may be published.
struct IntakeFile {
    FileRecord record;
    verify::CoreMetadata metadata;
};

/// Takes a wheel or an sdist in. Its file and metadata blobs are durable when this returns; a
/// failure leaves at most blobs that no record names.
/// @param path  A regular file; its last component is the name it is published under.
/// @errors malformed (file name, archive or metadata), too_large, invalid_argument (no regular
/// file), conflict (it changed
///         meanwhile), not_found, denied, io.
/// @thread Safe. @cost Reads the file twice: content, then archive directory.
[[nodiscard]] Result<IntakeFile> take_in_file(
    const std::filesystem::path& path, BlobStore& blobs, const IntakeLimits& limits = {}
);

}  // namespace heliograph::mirror
