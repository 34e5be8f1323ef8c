// SPDX-License-Identifier: Apache-2.0
// Blobs that no record names any more. They are dropped after the commit that took their last name
// away: a crash in between leaves an orphan, never a record without its blob.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>

#include <vector>

namespace heliograph::mirror {

/// A blob that a record names, and what it is to the file.
struct NamedBlob {
    enum class Part { content, metadata, provenance };
    Part part = Part::content;
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;
};

/// All blobs of a record: content first. @thread Safe. @cost None.
[[nodiscard]] std::vector<NamedBlob> blobs_of(const FileRecord& record);

/// Removes the blobs of these former records, unless another record names them.
/// @errors io. @thread Under the folder's lock. @cost Two indexed reads and two removals for each
/// record.
Outcome drop_unnamed_blobs(
    const Catalog& catalog, BlobStore& blobs, const std::vector<FileRecord>& former
);

/// Removes every blob that no record names, and what writers left behind.
/// @return How many were removed.
/// @errors io. @thread Under the folder's lock. @cost Reads every folder of the store, an indexed
/// read for each blob.
[[nodiscard]] Result<std::size_t> sweep_blobs(const Catalog& catalog, BlobStore& blobs);

}  // namespace heliograph::mirror
