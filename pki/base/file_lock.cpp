// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file_lock.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <thread>

namespace heliograph {

namespace {

// The process id that the holder wrote, or words for not knowing it.
std::string holder_of(int descriptor) {
    std::array<char, 32> text{};
    const auto count = ::pread(descriptor, text.data(), text.size(), 0);
    std::string_view digits(text.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
    digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    return digits.empty() ? "another process" : "process " + std::string(digits);
}

}  // namespace

Result<FileLock> FileLock::acquire(const std::filesystem::path& path) {
    FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file.is_open()) {
        return system_error(errno, "open the lock " + path.string());
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return system_error(errno, "lock " + path.string());
        }
        return Error(
            ErrorCode::conflict,
            "expected nobody else to be at work in " + path.parent_path().string() + ", but " +
                holder_of(file.get()) +
                " is; wait until it is done, then run the same command again"
        );
    }
    const std::string mine = std::to_string(::getpid()) + "\n";
    // The number is for people; a full disk must not keep the lock from its owner.
    if (::ftruncate(file.get(), 0) == 0) {
        const ssize_t written = ::pwrite(file.get(), mine.data(), mine.size(), 0);
        static_cast<void>(written);
    }
    return FileLock(std::move(file));
}

Result<FileLock> FileLock::wait_for(
    const std::filesystem::path& path, std::chrono::milliseconds patience
) {
    // flock(2) has no time limit of its own, and a signal to end the wait would be everybody's.
    constexpr auto pause = std::chrono::milliseconds(10);
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
        auto lock = acquire(path);
        const bool held = !lock && lock.error().code() == ErrorCode::conflict;
        if (!held || std::chrono::steady_clock::now() >= end) {
            return lock;
        }
        std::this_thread::sleep_for(pause);
    }
}

}  // namespace heliograph
