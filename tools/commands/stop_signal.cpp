// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/stop_signal.hpp>

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace heliograph::tools {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    // These three calls fail for numbers that are no signals only.
    HG_ASSERT(sigemptyset(&set) == 0);
    HG_ASSERT(sigaddset(&set, SIGINT) == 0);
    HG_ASSERT(sigaddset(&set, SIGTERM) == 0);
    return set;
}

// What wakes the waiter when nobody wants to stop any more.
constexpr int wake_signal = SIGUSR2;

}  // namespace

StopSignal::StopSignal(std::function<void()> on_stop) {
    sigset_t waited = stop_signals();
    HG_ASSERT(sigaddset(&waited, wake_signal) == 0);
    HG_ASSERT(pthread_sigmask(SIG_BLOCK, &waited, nullptr) == 0);
    m_waiter = std::thread([waited, stop = std::move(on_stop)] {
        int signal = 0;
        HG_ASSERT(sigwait(&waited, &signal) == 0);
        if (signal != wake_signal) {
            stop();
        }
    });
}

StopSignal::~StopSignal() {
    // The waiter has ended when a stop signal came; the signal to a thread that is not joined yet
    // is then without effect, for it is blocked there.
    static_cast<void>(pthread_kill(m_waiter.native_handle(), wake_signal));
    m_waiter.join();
    const sigset_t set = stop_signals();
    HG_ASSERT(pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0);
}

}  // namespace heliograph::tools
