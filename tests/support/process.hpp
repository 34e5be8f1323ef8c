// SPDX-License-Identifier: Apache-2.0
// Runs a program for a test: no shell, own environment and folder, both output channels captured.
// A program that runs in the background is ended by its process id when its object goes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::test_support {

/// What to run. The environment is the test's own without any HELIOGRAPH_ or XDG_ variable, plus @c
/// environment.
struct Command {
    /// A path, or a bare name that is looked up in PATH.
    std::filesystem::path program;
    std::vector<std::string> arguments = {};
    std::map<std::string, std::string> environment = {};
    /// Working folder; empty means the test's own.
    std::filesystem::path folder = {};
    /// Given to the program on standard input, at most 60,000 bytes.
    std::string input = {};
    /// How long run(), wait() and wait_for_line() wait before they give up.
    std::chrono::seconds patience{60};
};

/// How a program ended and what it said.
struct Outcome {
    /// Exit code; -1 when a signal ended the program.
    int exit_code = -1;
    /// The signal that ended the program; 0 when it exited by itself.
    int signal = 0;
    std::string output;
    std::string errors;
};

enum class Stream { output, errors };

/// Runs a program to its end.
/// @return       How it ended; a program that outlives its patience is killed.
/// @errors       std::runtime_error when it cannot be started or does not end in time, with what it
/// said.
/// @thread       Safe, no shared state.
[[nodiscard]] Outcome run(const Command& command);

/// A program in the background. The destructor kills it and waits for its end, so no test leaves
/// one behind.
class Process {
  public:
    /// @errors   std::runtime_error when the program cannot be started.
    explicit Process(const Command& command);
    ~Process();
    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const;
    /// What the program has said so far.
    [[nodiscard]] std::string said(Stream stream) const;

    /// Waits until the channel holds a whole line that contains @p text.
    /// @return   That line, without its newline; the first one when there are several.
    /// @errors   std::runtime_error when the program closes the channel or patience ends before.
    [[nodiscard]] std::string wait_for_line(Stream stream, std::string_view text) const;

    /// Sends one signal, and only to this process id.
    /// @errors   std::runtime_error when the program has ended already.
    void send_signal(int signal);

    /// Waits for the program's own end.
    /// @errors   std::runtime_error when patience ends before; the program is then killed.
    Outcome wait();

    /// SIGTERM, then wait().
    Outcome stop();

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::test_support
