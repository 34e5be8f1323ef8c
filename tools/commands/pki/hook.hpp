// SPDX-License-Identifier: Apache-2.0
// A command of the user's that runs after something was renewed, and waiting that a signal ends.
#pragma once

#include <pki/base/result.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace heliograph::tools::pki_commands {

/// What runs, and how long it may.
struct Hook {
    std::string command;
    std::chrono::seconds deadline;
};

/// Whom a hook is told about, in its environment: HELIOGRAPH_NAME and HELIOGRAPH_FOLDER.
struct HookSubject {
    std::string name;
    std::filesystem::path folder;
};

/// Runs `/bin/sh -c command` in a process group of its own and waits for it; the controlling
/// terminal, where it is this program's, is lent to it, and both stop and go on together. A command
/// that asks for a terminal and gets none is ended at once. Its output goes to standard error. What
/// is still running at the deadline is told to end (SIGTERM), and is killed five seconds later,
/// with all of its group. An interrupt ends the hook first and then this program; so do SIGTERM and
/// SIGHUP, unless a StopWatch, or nohup, holds them back.
/// @errors cancelled: it did not end with 0, or not in time; the sentence says how. io: it could
/// not be watched or started, and nothing of it ran.
/// @thread The only one of its process.
[[nodiscard]] Outcome run_hook(const Hook& hook, const HookSubject& subject);

enum class Wake { time_passed, told_to_stop };

/// Holds SIGINT and SIGTERM back from this thread until it goes, so that work in hand is finished
/// first.
class StopWatch {
  public:
    StopWatch();
    StopWatch(const StopWatch&) = delete;
    StopWatch& operator=(const StopWatch&) = delete;
    ~StopWatch();

    /// Waits for the time to pass or for one of the signals.
    [[nodiscard]] Wake wait_for(std::chrono::seconds pause) const;
};

}  // namespace heliograph::tools::pki_commands
