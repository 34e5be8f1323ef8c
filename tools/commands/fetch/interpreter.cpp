// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/fetch/interpreter.hpp>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string_view>

namespace heliograph::tools::fetch_commands {

namespace {

constexpr std::size_t answer_limit_bytes = 64U * 1024U;
constexpr std::chrono::seconds patience{30};

/// A child that is waited for whatever happens.
class Child {
  public:
    explicit Child(pid_t pid) : m_pid(pid) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (m_pid > 0) {
            static_cast<void>(::kill(m_pid, SIGKILL));
            static_cast<void>(wait());
        }
    }

    /// The status as of waitpid().
    int wait() {
        int status = -1;
        while (::waitpid(m_pid, &status, 0) < 0 && errno == EINTR) {
        }
        m_pid = 0;
        return status;
    }

  private:
    pid_t m_pid;
};

Error no_python(const std::string& program, const std::string& seen) {
    return {
        ErrorCode::invalid_argument,
        "expected a version such as 3.11 or a Python 3 interpreter, '" + program + "' " + seen};
}

Result<std::string> read_answer(int descriptor, const std::string& program) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::string text;
    std::array<char, 4096> piece{};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now()
        );
        pollfd waiting{.fd = descriptor, .events = POLLIN, .revents = 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready <= 0) {
            return no_python(program, "says nothing in 30 s");
        }
        const auto count = ::read(descriptor, piece.data(), piece.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return system_error(errno, "read what " + program + " says");
        }
        if (count == 0) {
            return text;
        }
        text.append(piece.data(), static_cast<std::size_t>(count));
        if (text.size() > answer_limit_bytes) {
            return no_python(program, "says more than 64 KiB");
        }
    }
}

}  // namespace

Result<mirror::PythonTarget> ask_interpreter(const std::string& program) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error(errno, "make a pipe");
    }
    const FileDescriptor ours(ends[0]);
    FileDescriptor theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string name = program;
    std::string isolated = "-I";
    std::string command = "-c";
    std::string question(mirror::interpreter_question());
    std::array<char*, 5> arguments{
        name.data(), isolated.data(), command.data(), question.data(), nullptr};
    pid_t pid = 0;
    const int failed =
        ::posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return system_error(failed, "start the interpreter " + program);
    }
    Child child(pid);
    theirs.close();
    HG_TRY(const auto text, read_answer(ours.get(), program));
    const int status = child.wait();
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return no_python(program, "is none: it failed when asked what it is");
    }
    auto target = mirror::parse_interpreter_answer(text);
    if (!target) {
        return no_python(program, "gave another answer: " + target.error().describe());
    }
    return target;
}

}  // namespace heliograph::tools::fetch_commands
