// SPDX-License-Identifier: Apache-2.0
// Publishes a whole tree of distributions: any folder, that of a pypiserver, or that of a
// bandersnatch mirror.
#pragma once

#include <mirror/publish/import_walk.hpp>
#include <mirror/publish/publisher.hpp>

#include <cstddef>
#include <filesystem>
#include <vector>

namespace heliograph::mirror {

/// All must outlive the call.
struct ImportParts {
    Publisher& publisher;
    const Catalog& catalog;
    BlobStore& blobs;
    EventSink& events;
};

/// A file that was not taken, and why.
struct RefusedFile {
    std::filesystem::path path;
    Error error;
};

struct ImportReport {
    std::size_t published = 0;
    std::size_t same = 0;  ///< Published before with this content.
    std::vector<RefusedFile> refused;
    std::vector<LeftOutEntry> left_out;  ///< Not looked at, but for their names.
    /// What ended it before its end: cancelled (stopped; a further call goes on), or what is wrong
    /// with this machine: crypto, conflict, io. What is counted above stays published.
    Outcome end;
};

/// Publishes every `.whl`, `.tar.gz` and `.zip` below a folder as Publisher::add_bulk() does; links
/// are not followed, and folders that begin with a dot are not looked into. A file that is refused
/// keeps no other back. A second call goes on where a first one ended: what is published already is
/// only read. The first commits hold few files, so that a call that is stopped soon keeps
/// something. A call that this machine ends leaves no blob that no record names. Yanks with their
/// reasons and upload times are kept where the tree has JSON pages that state them (bandersnatch:
/// `web/simple/<project>/index.v1_json`, `web/json/<project>`). A file with other content than such
/// a page states is refused, and so is one that the pages of its project do not list, or whose
/// pages cannot be read: a yank would be lost; where some projects have pages, so is one of a
/// project that has none: it was removed there. Emits `import.plan`, `import.entry.omitted` and,
/// for each file, `import.file.*`.
/// @param tree  Below a bandersnatch folder its `web/packages` alone is looked through.
/// @errors not_found (no such folder), denied, io, cancelled: of the walk, before anything is
/// published; afterwards: ImportReport::end.
/// @thread One thread. @cost One pass over each file; one page and two signatures for each project
/// of a batch.
[[nodiscard]] Result<ImportReport> import_tree(
    const ImportParts& parts, const std::filesystem::path& tree, const BulkOptions& options = {}
);

}  // namespace heliograph::mirror
