// SPDX-License-Identifier: Apache-2.0
// Keeps SIGPIPE from ending the process while a library writes to sockets on this thread: libcurl,
// told to leave signals alone, writes TLS records without MSG_NOSIGNAL. Private to this room.
#pragma once

#include <csignal>
#include <ctime>

namespace heliograph::mirror {

/// Blocks SIGPIPE on this thread and, at the end, takes back one that came in between.
/// @thread The one that made it.
class SigpipeGuard {
  public:
    SigpipeGuard() {
        sigset_t pending;
        sigemptyset(&pending);
        sigpending(&pending);
        m_was_pending = sigismember(&pending, SIGPIPE) == 1;
        sigset_t pipe_only = only_pipe();
        m_changed = ::pthread_sigmask(SIG_BLOCK, &pipe_only, &m_before) == 0;
    }
    SigpipeGuard(const SigpipeGuard&) = delete;
    SigpipeGuard& operator=(const SigpipeGuard&) = delete;
    ~SigpipeGuard() {
        if (!m_changed) {
            return;
        }
        if (!m_was_pending) {
            const sigset_t pipe_only = only_pipe();
            const timespec at_once{};
            static_cast<void>(::sigtimedwait(&pipe_only, nullptr, &at_once));
        }
        static_cast<void>(::pthread_sigmask(SIG_SETMASK, &m_before, nullptr));
    }

  private:
    static sigset_t only_pipe() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGPIPE);
        return set;
    }

    sigset_t m_before{};
    bool m_was_pending = false;
    bool m_changed = false;
};

}  // namespace heliograph::mirror
