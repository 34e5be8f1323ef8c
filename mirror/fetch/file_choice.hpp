// SPDX-License-Identifier: Apache-2.0
// Which file of a verified page answers a requirement.
#pragma once

#include <mirror/fetch/requirement.hpp>
#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>
#include <verify/index/version.hpp>

#include <optional>

namespace heliograph::mirror {

/// For whom the file is.
struct ChoiceTarget {
    std::optional<verify::Version> python;  ///< Honours requires-python when set.
};

/// The newest version that the specifiers accept; of its files a wheel for every platform, else the
/// source archive, else the only wheel. Pre-releases count only when asked for or when there is
/// nothing else; yanked files only when their version is pinned.
/// @errors not_found (no file fits: the versions that exist are told), invalid_argument (several
/// wheels for different platforms: their names are told, one must be named).
/// @thread Safe. @cost Linear in the number of files.
/// @source PEP 440, "Handling of pre-releases"; PEP 592.
[[nodiscard]] Result<verify::PageFile> choose_file(
    const verify::ProjectPage& page, const Requirement& requirement, const ChoiceTarget& target
);

}  // namespace heliograph::mirror
