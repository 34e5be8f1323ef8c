// SPDX-License-Identifier: Apache-2.0
// Whether the files that a lock names are there with the hashes and sizes that it states: in a
// folder, or on verified pages.
#pragma once

#include <mirror/check/lock_entry.hpp>
#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>
#include <verify/report/check_report.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// How much of a lock must be there.
enum class LockCoverage {
    every_file,  ///< All files that the lock names.
    /// As one platform has them; but each that is there must be right. Of a project that the lock
    /// names under markers alone, none may be there at all.
    one_of_each_project,
};

/// An item for each file that a wish means, or that it is missing, then at the place of the lock;
/// of each further file of a locked project, one that is refused; one for all files of projects
/// that are not locked, and one for what the markers of the lock excuse, both accepted only beside
/// something that was found and holds.
/// Findings: those of the file gate, `lock-hash-missing`, `locked-file-missing` (a warning where a
/// marker excuses it), `file-not-locked` (a warning for projects that are not locked).
/// @param folder  Read with all folders below it.
/// @errors io, denied, not_found (of the folder). @thread Safe. @cost Reads the files of locked
/// projects once.
[[nodiscard]] Result<std::vector<verify::CheckedItem>> check_lock_in_folder(
    const std::vector<LockEntry>& entries,
    const std::filesystem::path& folder,
    LockCoverage coverage
);

/// The same for one entry against a verified page: names, hashes and sizes as the page states
/// them. Yanked files are warnings (`file-yanked`).
/// @param source  Whose page it is; items have the place of the lock. @thread Safe. @cost Files of
/// the entry times those of the page.
[[nodiscard]] std::vector<verify::CheckedItem> check_lock_on_page(
    const LockEntry& entry,
    const verify::ProjectPage& page,
    LockCoverage coverage,
    const std::string& source
);

}  // namespace heliograph::mirror
