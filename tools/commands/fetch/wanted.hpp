// SPDX-License-Identifier: Apache-2.0
// What is asked for: names on the command line, files by name, files of requirements, lock files.
#pragma once

#include <mirror/fetch/lock_file.hpp>
#include <mirror/requirement/requirement.hpp>
#include <pki/base/result.hpp>
#include <tools/commands/fetch/fetch_options.hpp>

#include <string>
#include <vector>

namespace heliograph::tools::fetch_commands {

struct Wanted {
    std::vector<mirror::Requirement> requirements;
    Target target;
};

/// Whether a file of that name is a lock file. @thread Safe. @source PEP 751, "File Name".
[[nodiscard]] bool is_lock_file(const std::string& path);

/// Reads all of it, and leaves out what markers do not want for the target.
/// A file of requirements whose name is `pylock.toml` or `pylock.NAME.toml` is a lock file.
/// @errors invalid_argument (what cannot be meant: nothing asked for, a marker without --python, a
/// lock for another Python), and those of reading and of parse_target().
[[nodiscard]] Result<Wanted> parse_wanted(const FetchOptions& options);

}  // namespace heliograph::tools::fetch_commands
