// SPDX-License-Identifier: Apache-2.0
// One process at a time on a folder. The lock lives in the kernel: a killed process never leaves it
// behind.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <chrono>
#include <filesystem>

namespace heliograph {

/// Holds an exclusive lock on a file until it goes.
/// @thread One owner. @source flock(2).
class FileLock {
  public:
    /// Takes the lock at once or not at all. The file is created when missing and holds the owner's
    /// process id.
    /// @param path     The lock file; its folder must exist.
    /// @errors conflict (names the process that holds it), io, denied, not_found.
    [[nodiscard]] static Result<FileLock> acquire(const std::filesystem::path& path);

    /// The same, but looks again every few milliseconds until the lock is free or patience ends.
    /// @errors Those of acquire().
    [[nodiscard]] static Result<FileLock> wait_for(
        const std::filesystem::path& path, std::chrono::milliseconds patience
    );

  private:
    explicit FileLock(FileDescriptor descriptor) : m_descriptor(std::move(descriptor)) {}
    FileDescriptor m_descriptor;
};

}  // namespace heliograph
