// SPDX-License-Identifier: Apache-2.0
// What a lock says of one project, whichever form of lock says it.
#pragma once

#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/requirements_file.hpp>
#include <mirror/requirement/marker.hpp>

#include <cstddef>
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

struct LockEntry {
    verify::ProjectName project;
    verify::SpecifierSet versions;
    std::vector<LockWish> files;           ///< At least one.
    std::optional<Marker> marker = {};     ///< Where it is wanted at all; none: everywhere.
    std::string lock = {};                 ///< The lock's path, as the user named it.
    std::optional<std::size_t> line = {};  ///< In the lock, from 1; none: not known.

    /// `wheel==0.38.4`.
    [[nodiscard]] std::string text() const { return project.text() + versions.text(); }
};

/// @param path  Where the lock lies, for people. @thread Safe. @cost Linear.
[[nodiscard]] std::vector<LockEntry> lock_entries(
    const LockFile& lock, const std::string& path = {}
);
/// A requirement without hashes gives one wish without any.
[[nodiscard]] std::vector<LockEntry> lock_entries(
    const RequirementsFile& file, const std::string& path = {}
);

}  // namespace heliograph::mirror
