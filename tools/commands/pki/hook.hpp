// SPDX-License-Identifier: Apache-2.0
// A command of the user's that runs after something was renewed, and waiting that a signal ends.
#pragma once

#include <pki/base/result.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace heliograph::tools::pki_commands {

/// Whom a hook is told about, in its environment: HELIOGRAPH_NAME and HELIOGRAPH_FOLDER.
struct HookSubject {
    std::string name;
    std::filesystem::path folder;
};

/// Runs `/bin/sh -c command` and waits for it. Its output goes to standard error.
/// @errors cancelled: it could not be started or did not end with 0; the sentence says how.
[[nodiscard]] Outcome run_hook(const std::string& command, const HookSubject& subject);

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
