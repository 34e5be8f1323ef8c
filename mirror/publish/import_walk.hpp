// SPDX-License-Identifier: Apache-2.0
// What of a folder is imported, and what is left out and why.
#pragma once

#include <pki/base/result.hpp>

#include <filesystem>
#include <stop_token>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Why something below an imported folder is not looked at any further.
enum class LeftOutCause {
    link,        ///< A symbolic link: to a folder, or named as a distribution.
    other_kind,  ///< An egg, an installer, another archive: what is not published here.
    hidden,      ///< Its name begins with a dot, or is `__pycache__`; with all below it.
    no_file,     ///< Named as a distribution, and no regular file.
    unrelated,   ///< Anything else.
};

/// Something that an import left out.
struct LeftOutEntry {
    std::filesystem::path path;
    LeftOutCause cause = LeftOutCause::unrelated;
};

/// For programs and the log: `link`, `other-kind`, `hidden`, `no-file`, `unrelated`.
/// @thread Safe. @cost None.
[[nodiscard]] std::string_view left_out_cause_name(LeftOutCause cause);

/// What lies below a folder.
struct ImportWalk {
    /// Distributions by file name, so that the files of one project are neighbours.
    std::vector<std::filesystem::path> files;
    std::vector<LeftOutEntry> left_out;  ///< In the order of their paths.
};

/// Looks for `.whl`, `.tar.gz` and `.zip` below a folder; links are not followed.
/// @errors not_found (no such folder), denied, io, cancelled (the stop was requested).
/// @thread Safe. @cost Reads every folder.
[[nodiscard]] Result<ImportWalk> walk_for_import(
    const std::filesystem::path& folder, const std::stop_token& stop
);

/// That an import ended before its end because somebody wished so.
[[nodiscard]] Error import_stopped();

}  // namespace heliograph::mirror
