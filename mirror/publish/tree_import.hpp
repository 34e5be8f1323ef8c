// SPDX-License-Identifier: Apache-2.0
// Publishes a whole tree of distributions: any folder, that of a pypiserver, or that of a
// bandersnatch mirror.
#pragma once

#include <mirror/publish/publisher.hpp>

#include <cstddef>
#include <filesystem>
#include <vector>

namespace heliograph::mirror {

/// All must outlive the call.
struct ImportParts {
    Publisher& publisher;
    const Catalog& catalog;
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
};

/// Publishes every `.whl`, `.tar.gz` and `.zip` below a folder as Publisher::add_bulk() does; links
/// are not followed. A file that is refused keeps no other back. A second call
/// goes on where a first one ended: what is published already is only read.
/// Yanks with their reasons and upload times are kept where the tree has JSON pages that state them
/// (bandersnatch: `web/simple/<project>/index.v1_json`, `web/json/<project>`). A file with other
/// content than such a page states is refused, and so is one that the pages of its project do not
/// list, or whose pages cannot be read: a yank would be lost.
/// Emits `import.plan` and, for each file, `import.file.*`.
/// @param tree  Below a bandersnatch folder its `web/packages` alone is looked through.
/// @errors not_found (no such folder), denied, conflict, crypto, io: what is wrong with this
/// machine and not with a file.
/// @thread One thread. @cost One pass over each file; one page and two signatures for each project
/// of a batch.
[[nodiscard]] Result<ImportReport> import_tree(
    const ImportParts& parts, const std::filesystem::path& tree, const BulkOptions& options = {}
);

}  // namespace heliograph::mirror
