// SPDX-License-Identifier: Apache-2.0
// One file into the store: one pass for digest and blob, then its metadata. Nothing is published
// yet.
#pragma once

#include <mirror/publish/dist_reader.hpp>
#include <mirror/store/blob_store.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/parallel.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

namespace heliograph::mirror {

struct IntakeLimits {
    std::uint64_t file_bytes = 4ULL << 30;  ///< Largest file taken.
    DistLimits dist;
};

/// A file that lies in the blob store and may be published.
struct IntakeFile {
    /// Without core metadata where the file is a source archive whose build may come to other: none
    /// is offered then.
    FileRecord record;
    verify::CoreMetadata metadata;  ///< Of the file as it is.
};

/// Takes a wheel or an sdist into a batch: its file and metadata blobs are durable when the batch
/// is committed; a failure leaves at most blobs that no record names.
/// @param path  A regular file; its last component is the name it is published under.
/// @errors malformed (file name, archive or metadata), too_large, invalid_argument (no regular
/// file), conflict (it changed
///         meanwhile), not_found, denied, io.
/// @thread Safe. @cost Reads the file twice: content, then archive directory.
[[nodiscard]] Result<IntakeFile> take_in_file(
    const std::filesystem::path& path, BlobBatch& batch, const IntakeLimits& limits = {}
);

/// Called for each file that was taken in, in no order, by one thread at a time.
using IntakeProgress = std::function<void(const IntakeFile&)>;

/// What a batch of files is taken in with.
struct IntakeRequest {
    const std::vector<std::filesystem::path>& files;
    const IntakeLimits& limits;
    Workers workers;
    IntakeProgress progress;
};

/// Files that were taken in, and their blobs, which nothing may name before @c blobs is committed.
struct StagedIntake {
    std::vector<Result<IntakeFile>> files;  ///< As of take_in_files().
    std::unique_ptr<BlobBatch> blobs;
};

/// Takes many files in on all cores, and leaves it to the caller to wait for the disk: who has a
/// page to render meanwhile does both at once.
/// @errors io, denied: of the store, not of a file.
/// @thread Safe. @cost Reads each file twice.
[[nodiscard]] Result<StagedIntake> stage_files(const IntakeRequest& request, BlobStore& blobs);

/// The same, and commits the blobs: those of all that were taken are durable when this returns.
/// @return One entry for each path, in the given order; what is wrong with one file is its entry.
/// @errors io, denied: of the store, not of a file.
/// @thread Safe. @cost Reads each file twice, syncs once.
[[nodiscard]] Result<std::vector<Result<IntakeFile>>> take_in_files(
    const IntakeRequest& request, BlobStore& blobs
);

}  // namespace heliograph::mirror
