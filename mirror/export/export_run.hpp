// SPDX-License-Identifier: Apache-2.0
// What a folder serves, as a static tree for nginx, Caddy, an object store or a content delivery
// network: heliograph-export-1, see FORMAT.md.
#pragma once

#include <mirror/store/folder.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace heliograph::mirror {

struct ExportRequest {
    /// Made when it is not there; else empty, or a tree of an earlier export.
    std::filesystem::path tree;
    std::stop_token stop = {};
};

struct ExportReport {
    std::size_t projects = 0;
    std::size_t written = 0;   ///< Documents and files that are new or changed.
    std::size_t kept = 0;      ///< That are as they were: not touched.
    std::size_t removed = 0;   ///< That nothing names any more.
    std::size_t left_out = 0;  ///< Files that pages name and the mirror's filter left out.
    /// What lies in the tree and no export writes, by place: left alone.
    std::vector<std::string> foreign = {};
};

/// Brings the tree up to date with the folder. Killed at any moment and run again, it completes.
/// @errors exists (the tree's folder holds other things), unsupported (a tree of another format),
/// conflict (another process writes to the folder), malformed (a stored page is damaged), not_found
/// (a blob is missing), cancelled, denied, io.
/// @thread Takes the folder's lock. @cost Reads every page; copies what is new; one pass over the
/// tree.
[[nodiscard]] Result<ExportReport> export_folder(
    const MirrorFolder& folder, const ExportRequest& request, EventSink& events
);

}  // namespace heliograph::mirror
