// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/stop_signal.hpp>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <string_view>
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

int wait_for_one(const sigset_t& set) {
    int signal = 0;
    HG_ASSERT(sigwait(&set, &signal) == 0);
    return signal;
}

// Past the console, which belongs to another thread. Whoever has closed it hears nothing.
void tell_of_the_second() {
    constexpr std::string_view line =
        "stopping once what is under way is whole; Ctrl-C once more ends at once\n";
    static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

// As if nobody had ever waited for it. Every write is made to survive that.
[[noreturn]] void end_by(int signal) {
    sigset_t only;
    HG_ASSERT(sigemptyset(&only) == 0);
    HG_ASSERT(sigaddset(&only, signal) == 0);
    HG_ASSERT(::signal(signal, SIG_DFL) != SIG_ERR);
    HG_ASSERT(pthread_sigmask(SIG_UNBLOCK, &only, nullptr) == 0);
    static_cast<void>(::raise(signal));
    ::_exit(128 + signal);
}

}  // namespace

StopSignal::StopSignal(const Console& console, std::function<void()> on_stop) {
    sigset_t waited = stop_signals();
    HG_ASSERT(sigaddset(&waited, wake_signal) == 0);
    HG_ASSERT(pthread_sigmask(SIG_BLOCK, &waited, nullptr) == 0);
    const bool is_told =
        console.format() == OutputFormat::text && console.verbosity() != Verbosity::quiet;
    m_waiter = std::thread([waited, is_told, stop = std::move(on_stop)] {
        const int first = wait_for_one(waited);
        if (first == wake_signal) {
            return;
        }
        // A service's manager knows what it does next, and keeps what it is told.
        if (is_told && first == SIGINT) {
            tell_of_the_second();
        }
        stop();
        const int second = wait_for_one(waited);
        if (second != wake_signal) {
            end_by(second);
        }
    });
}

StopSignal::~StopSignal() {
    // A thread that is not joined yet can be sent a signal; it waits for this one too.
    static_cast<void>(pthread_kill(m_waiter.native_handle(), wake_signal));
    m_waiter.join();
    const sigset_t set = stop_signals();
    HG_ASSERT(pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0);
}

}  // namespace heliograph::tools
