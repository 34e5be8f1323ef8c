// SPDX-License-Identifier: Apache-2.0
// The exit codes of all programs, by cause. This is the one place where they are defined.
#pragma once

#include <pki/base/error.hpp>
#include <verify/verdict/verdict.hpp>

#include <string_view>
#include <vector>

namespace heliograph::tools {

/// What a program answers to its caller.
enum class ExitCode {
    done = 0,              ///< Everything asked for was done.
    evidence_false = 1,    ///< A hash, signature, name or serial is wrong.
    usage = 2,             ///< The command line or configuration cannot be meant.
    not_found = 3,         ///< The named thing does not exist.
    evidence_missing = 4,  ///< Evidence that was demanded was not given.
    network = 5,           ///< No usable mirror.
    stale = 6,             ///< Evidence is expired, or was not renewed.
    local = 7,             ///< Disk, permission, another process, or a fault of our own.
};

/// One line of the table in `--help` and the manual pages.
struct ExitCodeMeaning {
    ExitCode code;
    std::string_view meaning;
};

/// All exit codes, in order. @thread Safe.
[[nodiscard]] const std::vector<ExitCodeMeaning>& exit_code_meanings();

/// @thread Safe. @cost None.
[[nodiscard]] ExitCode exit_code_of(const Error& error);
[[nodiscard]] ExitCode exit_code_of(verify::Cause cause);

/// `done` for an accepted verdict; else by its worst cause, and evidence_missing when nothing was
/// checked.
[[nodiscard]] ExitCode exit_code_of(const verify::Verdict& verdict);

/// The code that a run ends with when it has met both: false before missing before stale before
/// everything else. @thread Safe.
[[nodiscard]] ExitCode worse(ExitCode left, ExitCode right);

}  // namespace heliograph::tools
