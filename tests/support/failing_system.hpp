// SPDX-License-Identifier: Apache-2.0
// Runs a real program on a system that fails on purpose: the Nth call that touches the disk fails,
// or the program is killed there, or everything it does is recorded so that ForgetfulDisk can pull
// the plug. The program needs no change: a preloaded library (fault_preload.cpp) stands between it
// and the disk.
#pragma once

#include <tests/support/fault_record.hpp>
#include <tests/support/process.hpp>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::test_support {

/// One step a program took on the disk below the watched folder.
struct DiskStep {
    FaultRecord record;
    std::string path;        ///< Absolute.
    std::string other_path;  ///< Where a rename or a link led.
    std::string data;        ///< What was written.
};

/// `rename /a/b -> /a/c (killed before)`, for messages of tests.
[[nodiscard]] std::string describe(const DiskStep& step);

/// Nothing goes wrong; the steps are only recorded, as they are with every other fault.
struct Record {};

/// Steps that need room on the disk, as FailNth::kinds: what fails when it is full.
[[nodiscard]] std::uint64_t kinds_that_need_room();

/// Steps that make things durable: what fails when the device breaks late.
[[nodiscard]] std::uint64_t kinds_that_sync();

/// The Nth step fails with an errno.
struct FailNth {
    enum class Duration { once, from_then_on };
    std::uint64_t nth{1};
    int error{ENOSPC};
    Duration duration{Duration::from_then_on};
    std::uint64_t kinds{
        kinds_that_need_room()};  ///< Bit mask over Operation: which steps are counted.
};

/// The Nth write writes half of its bytes and says so, as write(2) may.
struct ShortenNth {
    std::uint64_t nth{1};
};

/// SIGKILL at the Nth step.
struct KillNth {
    enum class Moment {
        before,  ///< The step is not taken.
        torn,    ///< Counts writes only: half of the bytes get down.
    };
    std::uint64_t nth{1};
    Moment moment{Moment::before};
};

/// The N to try after this one: the next, or one further on under a sanitizer, where every program
/// is several times slower and the exhaustive walk is left to the other builds.
[[nodiscard]] std::uint64_t next_nth(std::uint64_t nth);

using Fault = std::variant<Record, FailNth, ShortenNth, KillNth>;

/// How the program ended and what it did to the disk.
struct FaultyRun {
    Outcome outcome;
    std::vector<DiskStep> steps;

    /// Whether the fault took place: with fewer steps than N it never does, and a loop over N is
    /// done.
    [[nodiscard]] bool struck() const;

    /// The step at which the fault took place, described; for SCOPED_TRACE.
    [[nodiscard]] std::string where() const;
};

/// Runs @p command to its end with @p fault in force for everything below @p root.
/// Calls outside @p root, sockets and pipes are never touched. fsync is counted and not done.
/// @param root  An existing folder.
/// @errors      std::runtime_error as run(); also when the log cannot be read back.
/// @thread      Safe for different roots.
[[nodiscard]] FaultyRun run_with(
    const Fault& fault, const std::filesystem::path& root, Command command
);

/// Runs it undisturbed and fast: what it writes below @p root is not synced. For all that leads up
/// to a test or looks at what a fault left; nothing but a power loss could tell the difference.
[[nodiscard]] Outcome run_unsynced(const std::filesystem::path& root, Command command);

/// Copies a folder with everything in it; @p to must not exist.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// The regular files below a folder with their contents, by relative path: for comparing two
/// states.
[[nodiscard]] std::map<std::string, std::string> contents_of(const std::filesystem::path& folder);

}  // namespace heliograph::test_support
