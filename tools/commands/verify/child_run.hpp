// SPDX-License-Identifier: Apache-2.0
// Runs a command as this program's stand-in: same terminal, signals passed on, its end is ours.
#pragma once

#include <pki/base/result.hpp>

#include <csignal>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

/// Holds back the signals that are to be passed on to a child. Make it before any thread, so that
/// all inherit it.
/// @thread One object in a process.
class HeldSignals {
  public:
    HeldSignals();
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals();

    [[nodiscard]] const sigset_t& before() const { return m_before; }

  private:
    sigset_t m_before{};
};

/// Where the child's standard output goes.
enum class ChildOutput { inherited, to_errors };

class ConfinedChild;

struct ChildCommand {
    std::vector<std::string> words;        ///< The program, looked up in PATH, and its arguments.
    std::vector<std::string> environment;  ///< `NAME=value` each.
    ChildOutput output = ChildOutput::inherited;
    ConfinedChild* confined =
        nullptr;  ///< What becomes the command; null: a process like this one.
};

struct ChildEnd {
    int exit_code = 0;  ///< 128 + the signal's number when a signal ended it, as shells say it.
    int signal = 0;     ///< 0: it ended by itself.
};

/// Starts the command and waits for its end. What a terminal sends reaches the child by itself;
/// what another process sends to this one is passed on. When one of these signals waits already, no
/// command is started: its end is that signal's.
/// @errors not_found, denied, io (it cannot be started). @thread The one that made @p held.
[[nodiscard]] Result<ChildEnd> run_child(ChildCommand command, const HeldSignals& held);

}  // namespace heliograph::tools::verify_commands
