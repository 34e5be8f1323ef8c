// SPDX-License-Identifier: Apache-2.0
// A closure as `pylock.toml`. PEP 751.
#pragma once

#include <mirror/fetch/index_source.hpp>
#include <mirror/net/url.hpp>

#include <string>
#include <vector>

namespace heliograph::mirror {

/// What a lock file says.
struct LockPlan {
    Url index;  ///< Base URL of the mirror that installers may ask, ending with `/`.
    PythonTarget python;
    std::vector<ResolvedFile> files;  ///< One for each project, by name.
};

/// Writes the lock: for each project its one file with URL, size, upload time and SHA-256, and what
/// it needs. It is for Pythons like that of the plan, which `requires-python` (not older, by as
/// many numbers as the plan's has) and `environments` say; parse_lock_file() reads it back.
/// @return  The same bytes for the same plan: no date, no name of this machine.
/// @errors unsupported (a text that is not ASCII, which our reader would refuse).
/// @thread Safe. @cost Linear.
/// @source PEP 751.
[[nodiscard]] Result<std::string> render_lock_file(const LockPlan& plan);

}  // namespace heliograph::mirror
