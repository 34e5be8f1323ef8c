// SPDX-License-Identifier: Apache-2.0
// `requirements.txt`, as pip reads it, as far as it names projects of the index.
#pragma once

#include <mirror/fetch/format_control.hpp>
#include <mirror/requirement/requirement.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

inline constexpr std::uint64_t requirements_file_bytes = 4U * 1024U * 1024U;
inline constexpr std::size_t requirements_in_file = 20'000;
inline constexpr std::size_t hashes_of_requirement = 1'000;

struct RequirementsFile {
    std::vector<Requirement> requirements;
    std::vector<std::size_t> lines;  ///< Where each of them begins, from 1.
    FormatWords formats;             ///< Of `--no-binary` and `--only-binary` lines.
};

/// Reads one requirement a line with perhaps `--hash=sha256:...` behind; lines that end with `\` go
/// on; a `#` at the begin of a line or after a blank begins a comment. Of option lines
/// `--require-hashes`, `--no-binary` and `--only-binary` are taken.
/// Once one requirement has hashes, or `--require-hashes` stands there, each must have them and pin
/// one version, as with pip.
/// @param text  At most requirements_file_bytes; as requirement_text() and check_plain_lines() want
/// it, so that pip sees the same lines.
/// @errors malformed (the line is told), too_large, unsupported (other option lines, among them
/// other files and indexes; URLs and paths; `${VARIABLE}`; hashes none of which is SHA-256).
/// @thread Safe. @cost One pass. @source pip, "Requirements File Format".
[[nodiscard]] Result<RequirementsFile> parse_requirements_file(std::string_view text);

/// The same, whether or not all of them have hashes: for those who tell which lack them.
[[nodiscard]] Result<RequirementsFile> parse_partly_hashed_requirements(std::string_view text);

}  // namespace heliograph::mirror
