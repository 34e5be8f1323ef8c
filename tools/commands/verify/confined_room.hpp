// SPDX-License-Identifier: Apache-2.0
// Private: what the child of a ConfinedChild does before it becomes its command.
#pragma once

#include <pki/base/file.hpp>

#include <string_view>

namespace heliograph::tools::verify_commands {

/// How far a child came.
enum class ConfinementStep : int { unshared, loopback_up, listening, started };

/// What a child tells its parent: a step, and what the kernel said of it. Sent in one piece; with
/// `listening` the socket goes along (unix(7), SCM_RIGHTS).
struct ConfinementReport {
    ConfinementStep step = ConfinementStep::unshared;
    int error = 0;  ///< An errno value; 0: the step is done.
};

/// The words that carry a command over the channel: one letter and a text each, ended by NUL.
constexpr char word_mark = 'w';
constexpr char setting_mark = 'e';
constexpr char output_to_errors_mark = 'o';
constexpr char end_mark = '.';  ///< Nothing is started without it.

/// Waits between steps for the parent: a byte after `unshared`, then the command until the
/// channel's end. A parent that has gone ends it.
[[noreturn]] void run_confined(const FileDescriptor& channel);

}  // namespace heliograph::tools::verify_commands
