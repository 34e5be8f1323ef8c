// SPDX-License-Identifier: Apache-2.0
// Private: what records say of blobs, held against the blobs.
#pragma once

#include <mirror/store/blob_store.hpp>
#include <mirror/sync/scrub.hpp>
#include <verify/verdict/finding.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// From whom all findings of a scrub come.
constexpr std::string_view scrubbed_folder = "this folder";

/// All blobs of one record.
[[nodiscard]] std::vector<BlobClaim> claims_of(const FileRecord& file);

/// Damage of what this folder holds, with the way to mend it.
[[nodiscard]] verify::Finding damage_finding(
    std::string id, std::string subject, std::string expected, std::string seen
);

/// What is wrong with a blob that could not be opened or read: `stored-blob-missing`,
/// `stored-blob-unreadable`.
/// @errors Those that say nothing of the blob: as given.
[[nodiscard]] Result<verify::Finding> finding_of(const BlobClaim& claim, const Error& error);

/// `stored-blob-damaged`: other content.
[[nodiscard]] verify::Finding content_finding(
    const BlobClaim& claim, const OpenBlob& blob, const pki::Sha256& seen
);

/// One blob hashed whole. None: it is sound.
/// @errors denied, those of @p progress. @thread Safe. @cost One pass over the blob.
[[nodiscard]] Result<std::optional<verify::Finding>> damage_of(
    const BlobStore& blobs, const BlobClaim& claim, const PieceProgress& progress
);

}  // namespace heliograph::mirror
