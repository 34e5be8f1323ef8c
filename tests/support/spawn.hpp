// SPDX-License-Identifier: Apache-2.0
// What starting a program takes: descriptors that close themselves, pipes, and one posix_spawn.
#pragma once

#include <tests/support/process.hpp>

#include <sys/types.h>

#include <string>

namespace heliograph::test_support {

/// Throws std::runtime_error with the program's name.
[[noreturn]] void fail(const Command& command, const std::string& what);

/// A file descriptor that is closed once.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : m_number(number) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }

    [[nodiscard]] int number() const { return m_number; }
    void reset();

  private:
    int m_number;
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

/// Both ends are closed in programs started later.
[[nodiscard]] Pipe make_pipe(const Command& command);

/// The channels that the started program gets as descriptors 0, 1 and 2.
struct Channels {
    const Descriptor& input;
    const Descriptor& output;
    const Descriptor& errors;
};

/// Starts the program in its folder with its environment and default signal handling.
/// @errors std::runtime_error.
[[nodiscard]] pid_t spawn(const Command& command, const Channels& channels);

/// A descriptor that polls readable when the process ends.
/// @errors std::runtime_error.
[[nodiscard]] Descriptor open_process(const Command& command, pid_t pid);

}  // namespace heliograph::test_support
