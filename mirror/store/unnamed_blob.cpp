// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>

namespace heliograph::mirror {

namespace {

enum class Drop { removed, kept };

Result<Drop> drop_unless_named(
    const Catalog& catalog, BlobStore& blobs, const pki::Sha256& digest
) {
    HG_TRY(const bool named, catalog.names_blob(digest));
    if (named) {
        return Drop::kept;
    }
    HG_CHECK(blobs.remove(digest));
    return Drop::removed;
}

}  // namespace

std::vector<NamedBlob> blobs_of(const FileRecord& record) {
    std::vector<NamedBlob> blobs{
        {NamedBlob::Part::content, record.path.digest(), record.size_bytes}};
    if (record.metadata) {
        blobs.push_back(
            {NamedBlob::Part::metadata, record.metadata->digest, record.metadata->size_bytes}
        );
    }
    if (record.provenance) {
        blobs.push_back(
            {NamedBlob::Part::provenance, record.provenance->digest, record.provenance->size_bytes}
        );
    }
    return blobs;
}

Outcome drop_unnamed_blobs(
    const Catalog& catalog, BlobStore& blobs, const std::vector<FileRecord>& former
) {
    for (const auto& record : former) {
        const auto named = blobs_of(record);
        for (const auto& blob : named) {
            HG_TRY(
                [[maybe_unused]] const auto drop, drop_unless_named(catalog, blobs, blob.digest)
            );
        }
    }
    return {};
}

Result<std::size_t> sweep_blobs(const Catalog& catalog, BlobStore& blobs) {
    HG_TRY(std::size_t removed, blobs.sweep());
    HG_TRY(const auto unfinished, blobs.drop_unfinished());
    removed += unfinished;
    HG_TRY(const auto all, blobs.list());
    for (const auto& digest : all) {
        HG_TRY(const auto drop, drop_unless_named(catalog, blobs, digest));
        removed += drop == Drop::removed ? 1U : 0U;
    }
    return removed;
}

}  // namespace heliograph::mirror
