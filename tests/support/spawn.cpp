// SPDX-License-Identifier: Apache-2.0
#include <tests/support/spawn.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

namespace heliograph::test_support {
namespace {

void check(int number, const Command& command, const std::string& call) {
    if (number != 0) {
        fail(command, call + ": " + std::strerror(number));
    }
}

std::vector<std::string> environment_of(const Command& command) {
    std::vector<std::string> lines;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        const std::string name(line.substr(0, line.find('=')));
        const bool ours = name.starts_with("HELIOGRAPH_") || name.starts_with("XDG_");
        if (!ours && !command.environment.contains(name)) {
            lines.emplace_back(line);
        }
    }
    for (const auto& [name, value] : command.environment) {
        lines.push_back(name + "=" + value);
    }
    return lines;
}

std::vector<char*> pointers_to(std::vector<std::string>& lines) {
    std::vector<char*> pointers;
    pointers.reserve(lines.size() + 1);
    for (std::string& line : lines) {
        pointers.push_back(line.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// The file actions and attributes of one posix_spawn.
class SpawnPlan {
  public:
    explicit SpawnPlan(const Command& command) : m_command(command) {
        check(::posix_spawn_file_actions_init(&m_actions), command, "file_actions_init");
        check(::posix_spawnattr_init(&m_attributes), command, "spawnattr_init");
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&m_actions);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void give(const Descriptor& from, int number) {
        const int result = ::posix_spawn_file_actions_adddup2(&m_actions, from.number(), number);
        check(result, m_command, "dup2");
    }
    void enter_folder() {
        if (!m_command.folder.empty()) {
            const char* folder = m_command.folder.c_str();
            const int result = ::posix_spawn_file_actions_addchdir_np(&m_actions, folder);
            check(result, m_command, "chdir");
        }
    }
    /// The test may ignore SIGPIPE, or run where SIGINT is ignored; the program must not inherit
    /// that.
    void default_signals() {
        sigset_t signals;
        ::sigemptyset(&signals);
        for (const int signal : {SIGPIPE, SIGINT, SIGQUIT}) {
            ::sigaddset(&signals, signal);
        }
        check(::posix_spawnattr_setsigdefault(&m_attributes, &signals), m_command, "sigdefault");
        const int result = ::posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSIGDEF);
        check(result, m_command, "setflags");
    }
    pid_t start() {
        std::vector<std::string> words{m_command.program.string()};
        words.insert(words.end(), m_command.arguments.begin(), m_command.arguments.end());
        std::vector<std::string> environment = environment_of(m_command);
        pid_t pid = -1;
        const int result = ::posix_spawnp(
            &pid,
            m_command.program.c_str(),
            &m_actions,
            &m_attributes,
            pointers_to(words).data(),
            pointers_to(environment).data()
        );
        check(result, m_command, "start");
        return pid;
    }

  private:
    const Command& m_command;
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

}  // namespace

void fail(const Command& command, const std::string& what) {
    throw std::runtime_error("running " + command.program.string() + ": " + what);
}

Descriptor::Descriptor(Descriptor&& other) noexcept : m_number(std::exchange(other.m_number, -1)) {
}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(m_number, other.m_number);
    return *this;
}

void Descriptor::reset() {
    if (m_number >= 0) {
        ::close(std::exchange(m_number, -1));
    }
}

Pipe make_pipe(const Command& command) {
    std::array<int, 2> ends{};
    check(::pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, command, "pipe2");
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

pid_t spawn(const Command& command, const Channels& channels) {
    SpawnPlan plan(command);
    plan.give(channels.input, STDIN_FILENO);
    plan.give(channels.output, STDOUT_FILENO);
    plan.give(channels.errors, STDERR_FILENO);
    plan.enter_folder();
    plan.default_signals();
    return plan.start();
}

Descriptor open_process(const Command& command, pid_t pid) {
    const auto number = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    check(number >= 0 ? 0 : errno, command, "pidfd_open");
    return Descriptor(number);
}

}  // namespace heliograph::test_support
