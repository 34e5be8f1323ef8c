// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a call, for commands that run until they are told to stop.
#pragma once

#include <pki/base/result.hpp>
#include <tools/cli/console.hpp>

#include <functional>
#include <thread>

namespace heliograph::tools {

/// While it lives, the first SIGINT or SIGTERM calls a function instead of ending the process, and
/// after SIGINT says on standard error what a second one does: it ends the process as the system
/// does by default, whatever still goes on. Make it before any other thread, so that all inherit
/// the blocked signals.
/// @thread One object in a process.
class StopSignal {
  public:
    /// @param console  Says whether anything is told: nothing with --json and --quiet.
    /// @param on_stop  Called once, on a thread of its own.
    StopSignal(const Console& console, std::function<void()> on_stop);
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal();

  private:
    std::thread m_waiter;
};

}  // namespace heliograph::tools
