// SPDX-License-Identifier: Apache-2.0
// Whether the files that a lock names are there with the hashes and sizes that it states: in a
// folder, or on verified pages.
#pragma once

#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/requirements_file.hpp>
#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>
#include <verify/report/check_report.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One file as a lock states it: by name and hash (pylock.toml), or by its hash (requirements.txt).
struct LockWish {
    std::optional<verify::DistFileName> name;
    std::optional<pki::Sha256> sha256;  ///< None: the lock lacks it, which is a failure.
    std::optional<std::uint64_t> size_bytes;
};

/// What a lock says of one project.
struct LockEntry {
    verify::ProjectName project;
    verify::SpecifierSet versions;
    std::vector<LockWish> files;  ///< At least one.

    /// `wheel==0.38.4`.
    [[nodiscard]] std::string text() const { return project.text() + versions.text(); }
};

/// @thread Safe. @cost Linear.
[[nodiscard]] std::vector<LockEntry> lock_entries(const LockFile& lock);
/// A requirement without hashes gives one wish without any.
[[nodiscard]] std::vector<LockEntry> lock_entries(const RequirementsFile& file);

/// How much of a lock must be there.
enum class LockCoverage {
    every_file,           ///< All files that the lock names.
    one_of_each_project,  ///< As one platform has them; but each that is there must be right.
};

/// An item for each wish; of each further file of a locked project, one that is refused.
/// Findings: those of the file gate, `lock-hash-missing`, `locked-file-missing`, `file-not-locked`
/// (a warning for projects that are not locked).
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
/// @param source  Whose page it is. @thread Safe. @cost Files of the entry times those of the page.
[[nodiscard]] std::vector<verify::CheckedItem> check_lock_on_page(
    const LockEntry& entry,
    const verify::ProjectPage& page,
    LockCoverage coverage,
    const std::string& source
);

}  // namespace heliograph::mirror
