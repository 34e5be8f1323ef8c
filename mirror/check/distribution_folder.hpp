// SPDX-License-Identifier: Apache-2.0
// A folder of somebody else, walked so that nothing that an installer could take from it stays
// unseen.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/file_name.hpp>
#include <verify/report/check_report.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

enum class WalkedKind {
    file,           ///< Or something else that is no folder.
    linked_folder,  ///< A link to a folder: told, and not followed.
};

struct WalkedEntry {
    std::filesystem::path path;  ///< Begins with the folder.
    WalkedKind kind = WalkedKind::file;
};

/// All that lies below a folder, but folders; ascending by path. The folder may be a link itself.
/// @errors not_found, denied, io. @thread Safe. @cost Reads every folder.
[[nodiscard]] Result<std::vector<WalkedEntry>> walk_folder(const std::filesystem::path& folder);

/// Whether an installer takes a file for a distribution by the end of its name, in either case:
/// more than the index allows, for pip installs all of these from a folder.
/// @thread Safe. @cost None. @source pip, `FILETYPES`: ARCHIVE_EXTENSIONS; `.egg` of easy_install.
[[nodiscard]] bool is_installable_name(std::string_view name);

/// Something that was not looked into, as a finding `not-checked` of missing evidence.
/// @thread Safe. @cost None.
[[nodiscard]] verify::Finding not_looked_into(const std::filesystem::path& linked_folder);

struct DistributionPath {
    std::filesystem::path path;
    verify::DistFileName name;
};

struct FoundDistributions {
    std::vector<DistributionPath> named;
    /// What an installer could take and nobody can vouch for; none of them accepted.
    std::vector<verify::CheckedItem> others;
};

/// Other files than distributions are no installer's business.
/// @errors As walk_folder(). @thread Safe. @cost Reads every folder.
[[nodiscard]] Result<FoundDistributions> distributions_below(const std::filesystem::path& folder);

}  // namespace heliograph::mirror
