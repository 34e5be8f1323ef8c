// SPDX-License-Identifier: Apache-2.0
// Private to the fault library (fault_preload.cpp): the plan it follows, where a call points, and
// the log.
#pragma once

#include <tests/support/fault_record.hpp>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace heliograph::test_support {

/// Whether the library has anything to do in this process.
[[nodiscard]] bool is_active();

/// Whether a canonical path lies in the watched folder.
[[nodiscard]] bool below_root(std::string_view path);

/// The path behind an open descriptor; empty when there is none.
[[nodiscard]] std::string name_of(int descriptor);

/// Absolute and without `.`, `..` and double slashes; symbolic links stay as they are.
[[nodiscard]] std::string absolute(int folder, const char* path);

/// What an open descriptor points to.
struct Place {
    bool watched;
    bool folder;
    std::uint64_t inode;
};
[[nodiscard]] Place place_of(int descriptor);

/// One step while it is being taken.
struct Happening {
    FaultRecord record{};
    std::string path;
    std::string other_path;
};
[[nodiscard]] Happening about(Operation operation, std::string path, std::string other_path = {});

/// Held from the ruling on a step until it is logged, so that the log has the order of the disk.
[[nodiscard]] std::mutex& order();

/// What must become of a step.
enum class Ruling { proceed, fail, die_after, halve };

/// Counts the step and rules on it; errno is set when it must fail; does not return when it must
/// kill.
[[nodiscard]] Ruling rule(Happening& step);

/// Appends the step to the log.
void log(Happening& step, Fate fate, std::string_view data = {});

/// SIGKILL to this process.
[[noreturn]] void die();

}  // namespace heliograph::test_support
