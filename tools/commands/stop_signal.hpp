// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a call, for commands that run until they are told to stop.
#pragma once

#include <pki/base/result.hpp>

#include <functional>
#include <thread>

namespace heliograph::tools {

/// While it lives, SIGINT and SIGTERM call a function instead of ending the process. Make it before
/// any other thread, so that all inherit the blocked signals.
/// @thread One object in a process.
class StopSignal {
  public:
    /// @param on_stop  Called once, on a thread of its own.
    explicit StopSignal(std::function<void()> on_stop);
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;
    ~StopSignal();

  private:
    std::thread m_waiter;
};

}  // namespace heliograph::tools
