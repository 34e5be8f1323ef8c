// SPDX-License-Identifier: Apache-2.0
// Files in the user's folder: what stands there already, and where the verified file will stand.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_page.hpp>
#include <verify/verdict/verdict.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

/// Judges the file of that name in the folder by the page's entry.
/// @return  None when there is no such file.
/// @errors io, denied; invalid_argument (something else than a file stands there).
/// @thread Safe. @cost Reads the file once.
[[nodiscard]] Result<std::optional<verify::Verdict>> judge_present_file(
    const std::filesystem::path& folder, const verify::PageFile& file
);

}  // namespace heliograph::mirror
