// SPDX-License-Identifier: Apache-2.0
// What a folder holds since a serial, in one archive that can be carried to a mirror without a
// line: heliograph-bundle-1, see FORMAT.md.
#pragma once

#include <mirror/bundle/bundle_format.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace heliograph::mirror {

struct BundleRequest {
    /// Where the mirrors stand that will take it in; 0: nowhere yet.
    verify::Serial since;
    std::filesystem::path file;  ///< Must not exist yet.
    std::stop_token stop = {};
};

struct BundleReport {
    BundleManifest manifest;
    std::size_t projects = 0;      ///< Whose pages are in it.
    std::size_t blobs = 0;         ///< Files, metadata texts and provenance objects.
    std::uint64_t size_bytes = 0;  ///< Of the archive.
    pki::Sha256 digest;            ///< Of the archive: what a careful carrier notes down.
};

/// Writes the archive beside its name and renames it when it is whole.
/// @errors invalid_argument (the folder has not reached that serial), exists, conflict (another
/// process writes to the folder), malformed (a stored page is damaged), not_found (a blob is
/// missing), cancelled, denied, io.
/// @thread Takes the folder's lock. @cost Reads the pages and files that go along.
[[nodiscard]] Result<BundleReport> bundle_folder(
    const MirrorFolder& named, const BundleRequest& request, const Clock& clock, EventSink& events
);

}  // namespace heliograph::mirror
