// SPDX-License-Identifier: Apache-2.0
// Preloaded into a program under test: the wall clock of another day. Only what tells the time of
// day is shifted; clocks that measure spans go on as they are, so that no deadline is met early.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

// Seconds by which this program lives in the future.
std::time_t shift() {
    static const std::time_t seconds = [] {
        const char* const given = std::getenv("CLOCK_SHIFT_SECONDS");
        return given == nullptr ? std::time_t{0} : static_cast<std::time_t>(std::atoll(given));
    }();
    return seconds;
}

timespec now() {
    timespec time{};
    // Not through the name that is replaced here.
    static_cast<void>(::syscall(SYS_clock_gettime, CLOCK_REALTIME, &time));
    time.tv_sec += shift();
    return time;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int clock_gettime(
    clockid_t clock, timespec* time
) noexcept {
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) {
        *time = now();
        return 0;
    }
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
}

extern "C" __attribute__((visibility("default"))) std::time_t time(std::time_t* into) noexcept {
    const std::time_t seconds = now().tv_sec;
    if (into != nullptr) {
        *into = seconds;
    }
    return seconds;
}

extern "C" __attribute__((visibility("default"))) int gettimeofday(
    timeval* into, void* /*zone*/
) noexcept {
    const timespec time = now();
    into->tv_sec = time.tv_sec;
    into->tv_usec = time.tv_nsec / 1000;
    return 0;
}
