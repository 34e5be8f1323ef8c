// SPDX-License-Identifier: Apache-2.0
// Which file of a verified page answers a requirement.
#pragma once

#include <mirror/fetch/format_control.hpp>
#include <mirror/fetch/python_target.hpp>
#include <mirror/requirement/requirement.hpp>
#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/version.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace heliograph::mirror {

/// For whom the file is.
struct ChoiceTarget {
    std::optional<verify::Version> python = {};  ///< Honours requires-python when set.
    /// Wheels must run there, and the best one is taken. Null: for nobody in particular.
    std::shared_ptr<const TagRanks> tags = {};
    FormatControl formats = {};
};

/// The newest version that the specifiers accept. With tags: of its files the wheel that the target
/// likes best, the higher build number among equals, else the source archive. Without: a wheel for
/// every platform, else the source archive, else the only wheel. Pre-releases count only when asked
/// for or when there is nothing else; yanked files only when their version is pinned, and after the
/// others.
/// Where the requirement has hashes, only files with one of them fit.
/// @errors not_found (no file fits: the versions that exist are told), malformed (files fit, but
/// none has a hash that the requirement allows), invalid_argument (without tags: several wheels for
/// different platforms: their names are told, one must be named).
/// @thread Safe. @cost Linear in the number of files.
/// @source PEP 440, "Handling of pre-releases"; PEP 592; PEP 425.
[[nodiscard]] Result<verify::PageFile> choose_file(
    const verify::ProjectPage& page, const Requirement& requirement, const ChoiceTarget& target
);

/// Whether the target may use the file, whatever its version: requires-python, the kind of file,
/// the tags of a wheel. A requires-python that cannot be read excludes nothing.
/// @thread Safe. @cost Linear in the tags.
[[nodiscard]] bool may_use(const verify::PageFile& file, const ChoiceTarget& target);

/// The file of one version that the target likes best, by the rules above; yanked ones last.
/// @param files  At least one, all of which may be used (asserted).
/// @param target  With tags (asserted).
/// @thread Safe. @cost Linear.
[[nodiscard]] const verify::PageFile& preferred_file(
    const std::vector<const verify::PageFile*>& files, const ChoiceTarget& target
);

}  // namespace heliograph::mirror
