// SPDX-License-Identifier: Apache-2.0
// `pylock.toml`: which files a set of requirements came to, with their hashes. PEP 751.
#pragma once

#include <mirror/requirement/marker.hpp>
#include <mirror/requirement/requirement.hpp>
#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/specifier.hpp>
#include <verify/index/version.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

inline constexpr std::uint64_t lock_file_bytes = 16U * 1024U * 1024U;
inline constexpr std::size_t lock_file_packages = 20'000;
inline constexpr std::size_t lock_file_files = 200'000;

/// One file that may be installed. Where whoever locked it saw it says nothing here: files come
/// from the mirrors, by their hash.
struct LockedFile {
    verify::DistFileName name;
    pki::Sha256 sha256;
    std::optional<std::uint64_t> size_bytes = {};
};

struct LockedPackage {
    verify::ProjectName name;
    verify::Version version;
    std::optional<Marker> marker;
    std::vector<LockedFile> files;  ///< The source archive and wheels; at least one.
    /// Files without a SHA-256, which parse_lock_file() passes on to those alone who ask for them.
    std::vector<verify::DistFileName> unhashed = {};
};

struct LockFile {
    std::optional<verify::SpecifierSet> requires_python;
    std::vector<Marker> environments;  ///< One of them must hold; empty: any.
    std::vector<LockedPackage> packages;
};

/// What to do about files without a SHA-256.
enum class UnhashedFiles { refused, reported };

/// @param text  ASCII, at most lock_file_bytes.
/// @errors malformed (no TOML, a member of another kind, a file of another project, no SHA-256),
/// too_large, unsupported (another character than ASCII; another lock-version than 1.x; packages
/// from version control, folders or archives; markers on groups of dependencies).
/// @thread Safe. @cost One pass. @source PEP 751.
[[nodiscard]] Result<LockFile> parse_lock_file(
    std::string_view text, UnhashedFiles unhashed = UnhashedFiles::refused
);

/// `NAME==VERSION` with the hashes of its files, for each package.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::vector<Requirement> requirements_of(const LockFile& lock);

}  // namespace heliograph::mirror
