// SPDX-License-Identifier: Apache-2.0
// A lock file as a wish: which projects, and which files of each.
#pragma once

#include <mirror/store/file_filter.hpp>
#include <mirror/store/folder.hpp>
#include <pki/base/result.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace heliograph::tools::mirror_commands {

struct LockedContent {
    std::set<verify::ProjectName> projects;
    /// Of those with hashes: the digests of their files, ascending.
    std::map<verify::ProjectName, std::vector<pki::Sha256>> files;
    /// Of those without: their versions, whatever their markers say.
    mirror::WantedVersions versions;
    mirror::WantedExtras extras;  ///< That are asked for of them.
};

/// @param path  `*.toml` is a lock file (PEP 751), anything else a list of requirements.
/// @errors Those of reading a file, parse_lock_file() and parse_requirements_file().
[[nodiscard]] Result<LockedContent> read_locked_content(const std::string& path);

}  // namespace heliograph::tools::mirror_commands
