// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/process_channel.hpp>
#include <tools/commands/verify/confined_child.hpp>
#include <tools/commands/verify/confined_room.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

// The kernel's own limit on lines is 340, of some 30 bytes each.
constexpr std::uint64_t most_map_bytes = 65536;

struct Told {
    ConfinementReport report;
    FileDescriptor socket;
};

/// None: the child has closed the channel, by its end or by becoming a command.
Result<std::optional<Told>> receive(const FileDescriptor& channel) {
    Told told;
    const auto into = std::as_writable_bytes(std::span(&told.report, 1));
    HG_TRY(auto received, mirror::receive_bytes(channel, into));
    if (received.count < into.size()) {
        return std::optional<Told>();
    }
    told.socket = std::move(received.socket);
    return std::optional(std::move(told));
}

std::string_view action_of(ConfinementStep step) {
    switch (step) {
        case ConfinementStep::unshared:
            return "make user and network namespaces";
        case ConfinementStep::loopback_up:
            return "bring loopback up in a network namespace";
        case ConfinementStep::listening:
            return "listen in a network namespace";
        case ConfinementStep::started:
            return "start a command in a network namespace";
    }
    HG_ASSERT(false);
}

// What the kernel says of things that are not allowed or not there (unshare(2),
// user_namespaces(7)); ENOSPC: a limit on namespaces. All else is a fault of the moment.
bool is_prohibition(int error) {
    constexpr std::array prohibitions{EPERM, EACCES, ENOSYS, EINVAL, ENOSPC, EUSERS};
    return std::find(prohibitions.begin(), prohibitions.end(), error) != prohibitions.end();
}

Error forbidden(std::string_view action, int error) {
    if (!is_prohibition(error)) {
        return {
            ErrorCode::io,
            "expected to " + std::string(action) + ", saw it fail: " + std::strerror(error) +
                "; run the same command again"};
    }
    return {
        ErrorCode::unsupported,
        "expected to be allowed to " + std::string(action) +
            ", the kernel says: " + std::strerror(error) +
            "; look at the settings user.max_user_namespaces, kernel.unprivileged_userns_clone and "
            "kernel.apparmor_restrict_unprivileged_userns, and at what a container around this "
            "allows"};
}

/// What the child says of its next step, which has to be done.
Result<Told> expect(const FileDescriptor& channel, ConfinementStep step) {
    HG_TRY(auto told, receive(channel));
    if (!told) {
        return forbidden(action_of(step), ECHILD);
    }
    if (told->report.error != 0) {
        return forbidden(action_of(told->report.step), told->report.error);
    }
    HG_ASSERT(told->report.step == step);
    return std::move(*told);
}

/// 0, or what the kernel said. A map is taken in one write or not at all.
int write_map(const std::string& path, const std::string& text) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return errno;
    }
    return ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())
               ? 0
               : errno;
}

/// Every id that there is here, under its own number. Files of /proc have no size to be read by.
std::string whole_map(const char* path) {
    const FileDescriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    std::string text(most_map_bytes, '\0');
    const auto count = file.is_open() ? ::read(file.get(), text.data(), text.size()) : 0;
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    std::istringstream lines(text);
    std::string map;
    std::string inside;
    std::string outside;
    std::string length;
    while (lines >> inside >> outside >> length) {
        map += inside + " " + inside + " " + length + "\n";
    }
    return map;
}

std::string map_of(unsigned id) {
    const std::string number = std::to_string(id);
    return number + " " + number + " 1\n";
}

/// The child stays who it is: with root's rights all users and groups stay there, else its own.
Outcome map_ids(pid_t child) {
    const std::string folder = "/proc/" + std::to_string(child);
    int error = write_map(folder + "/uid_map", whole_map("/proc/self/uid_map"));
    if (error != 0) {
        error = write_map(folder + "/uid_map", map_of(::geteuid()));
    }
    if (error == 0 && write_map(folder + "/gid_map", whole_map("/proc/self/gid_map")) != 0) {
        // Who may not give up a group may map one (user_namespaces(7)).
        error = write_map(folder + "/setgroups", "deny");
        error = error == 0 ? write_map(folder + "/gid_map", map_of(::getegid())) : error;
    }
    if (error != 0) {
        return forbidden("map users into a namespace", error);
    }
    return {};
}

std::string encoded(const ChildCommand& command) {
    std::string text;
    const auto add = [&](char mark, const std::string& word) {
        text += mark;
        text += word;
        text += '\0';
    };
    if (command.output == ChildOutput::to_errors) {
        add(output_to_errors_mark, {});
    }
    for (const auto& word : command.words) {
        add(word_mark, word);
    }
    for (const auto& setting : command.environment) {
        add(setting_mark, setting);
    }
    add(end_mark, {});
    return text;
}

}  // namespace

Result<ConfinedChild> ConfinedChild::make() {
    HG_TRY(auto ends, mirror::open_channel());
    // Whoever started us may have had children reaped by themselves: then none could be waited for.
    static_cast<void>(::signal(SIGCHLD, SIG_DFL));
    const pid_t pid = ::fork();
    if (pid < 0) {
        return system_error(errno, "start a child");
    }
    if (pid == 0) {
        ends.here.close();
        run_confined(ends.there);
    }
    ends.there.close();
    ConfinedChild child(pid, std::move(ends.here));
    HG_TRY([[maybe_unused]] const auto apart, expect(child.m_channel, ConfinementStep::unshared));
    HG_CHECK(map_ids(pid));
    HG_CHECK(mirror::send_bytes(child.m_channel, bytes_of("m")));
    HG_TRY(auto listening, expect(child.m_channel, ConfinementStep::listening));
    child.m_listener = std::move(listening.socket);
    return child;
}

ConfinedChild::~ConfinedChild() {
    if (m_pid == 0) {
        return;
    }
    // It is a child that nobody has waited for: the number is its own.
    static_cast<void>(::kill(m_pid, SIGKILL));
    while (::waitpid(m_pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

Result<pid_t> ConfinedChild::become(const ChildCommand& command) {
    HG_ASSERT(m_pid != 0 && !command.words.empty());
    HG_CHECK(mirror::send_bytes(m_channel, bytes_of(encoded(command))));
    HG_CHECK(mirror::end_sending(m_channel));
    // The channel closes as the command starts.
    HG_TRY(const auto told, receive(m_channel));
    if (told) {
        return system_error(told->report.error, "start " + command.words.front());
    }
    return std::exchange(m_pid, 0);
}

}  // namespace heliograph::tools::verify_commands
