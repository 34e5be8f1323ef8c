// SPDX-License-Identifier: Apache-2.0
// Lines of a list of requirements, cut wherever pip or uv would cut them: to look for options that
// lead elsewhere, not to learn what is required.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

struct ListLine {
    std::string text;  ///< Without what stands before its first visible ASCII character.
    int number = 0;    ///< From 1. A line that a backslash continues stands here twice: alone, and
                       ///< with what follows it.
};

/// Reads a list of at most 8 MiB. An encoding in which these bytes would read otherwise, told by a
/// mark at the beginning or by a comment, is refused.
/// @errors unsupported (encoding), else as read_file. @thread Safe. @cost One read.
[[nodiscard]] Result<std::vector<ListLine>> read_requirement_list(const std::filesystem::path& file
);

}  // namespace heliograph::tools::verify_commands
