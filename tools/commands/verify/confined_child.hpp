// SPDX-License-Identifier: Apache-2.0
// A command in a network of its own: whatever it, a setup.py or a curl that it starts may dial,
// there is nobody but the proxy.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>
#include <tools/commands/verify/child_run.hpp>

#include <sys/types.h>

#include <utility>

namespace heliograph::tools::verify_commands {

/// A child process that waits in user and network namespaces of its own, with loopback and nothing
/// else, for the command that it is to become (user_namespaces(7), network_namespaces(7)). It keeps
/// its user, groups and files; sockets in the file system it reaches as before.
/// @thread One.
class ConfinedChild {
  public:
    /// @errors unsupported (the kernel, a setting or a container forbids it: at which step), io.
    /// @thread Before any other thread is started: it forks. @cost A few milliseconds.
    [[nodiscard]] static Result<ConfinedChild> make();

    ConfinedChild(ConfinedChild&& other) noexcept
        : m_pid(std::exchange(other.m_pid, 0)),
          m_channel(std::move(other.m_channel)),
          m_listener(std::move(other.m_listener)) {}
    ConfinedChild(const ConfinedChild&) = delete;
    ConfinedChild& operator=(const ConfinedChild&) = delete;
    ConfinedChild& operator=(ConfinedChild&&) = delete;
    /// Ends the child, unless it has become a command.
    ~ConfinedChild();

    /// Listens on 127.0.0.1 in the child's network. Once.
    [[nodiscard]] FileDescriptor take_listener() { return std::move(m_listener); }

    /// Starts the command, with the signals that were held back when this object was made.
    /// @return  The process to wait for, which is the caller's from then on. Once.
    /// @errors  not_found, denied, io (it cannot be started).
    [[nodiscard]] Result<pid_t> become(const ChildCommand& command);

  private:
    ConfinedChild(pid_t pid, FileDescriptor channel) : m_pid(pid), m_channel(std::move(channel)) {}

    pid_t m_pid = 0;  ///< 0: it is the caller's.
    FileDescriptor m_channel;
    FileDescriptor m_listener;
};

}  // namespace heliograph::tools::verify_commands
