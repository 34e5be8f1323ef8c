// SPDX-License-Identifier: Apache-2.0
// What a filter makes of a project that is here, told before anything of it is done.
#pragma once

#include <mirror/store/catalog.hpp>
#include <mirror/store/file_filter.hpp>

#include <vector>

namespace heliograph::mirror {

struct FilterEffect {
    verify::ProjectName project;
    std::vector<LeftOutFile> left_out = {};      ///< All that its page names and nobody wants.
    std::vector<FileRecord> dropped = {};        ///< Those of them that are here.
    std::vector<verify::PageFile> missing = {};  ///< Wanted, named by the page, and not here.

    /// Whether nothing of it has to be had or to go.
    [[nodiscard]] bool is_settled() const { return dropped.empty() && missing.empty(); }
};

/// @errors io; malformed (the page that is here cannot be read: it is asked for anew).
/// @thread That of the catalogue. @cost Parses the page.
[[nodiscard]] Result<FilterEffect> effect_of_filter(
    const Catalog& catalog,
    const verify::ProjectName& project,
    const FileFilter& filter,
    Instant now
);

}  // namespace heliograph::mirror
