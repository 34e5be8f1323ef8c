// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/hook.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <vector>

namespace heliograph::tools::pki_commands {

namespace {

sigset_t stop_signals() {
    sigset_t set;
    HG_ASSERT(sigemptyset(&set) == 0 && sigaddset(&set, SIGINT) == 0);
    HG_ASSERT(sigaddset(&set, SIGTERM) == 0);
    return set;
}

Error hook_failed(const std::string& command, const std::string& seen) {
    return {
        ErrorCode::cancelled,
        "expected the command of --exec to end with exit code 0, saw " + seen +
            " from: " + command};
}

std::vector<std::string> environment_for(const HookSubject& subject) {
    std::vector<std::string> environment;
    for (char** entry = ::environ; *entry != nullptr; ++entry) {
        environment.emplace_back(*entry);
    }
    environment.push_back("HELIOGRAPH_NAME=" + subject.name);
    environment.push_back("HELIOGRAPH_FOLDER=" + subject.folder.string());
    return environment;
}

}  // namespace

Outcome run_hook(const std::string& command, const HookSubject& subject) {
    auto environment = environment_for(subject);
    std::vector<char*> entries;
    entries.reserve(environment.size() + 1);
    for (auto& entry : environment) {
        entries.push_back(entry.data());
    }
    entries.push_back(nullptr);
    std::string shell = "/bin/sh";
    std::string flag = "-c";
    std::string text = command;
    const std::array<char*, 4> arguments{shell.data(), flag.data(), text.data(), nullptr};
    const pid_t child = ::fork();
    if (child < 0) {
        return system_error(errno, "start the command of --exec");
    }
    if (child == 0) {
        // Only calls that are safe after fork. --json keeps standard output for its document.
        const sigset_t set = stop_signals();
        static_cast<void>(::sigprocmask(SIG_UNBLOCK, &set, nullptr));
        static_cast<void>(::signal(SIGPIPE, SIG_DFL));
        if (::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) {
            ::execve(shell.c_str(), arguments.data(), entries.data());
        }
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return system_error(errno, "wait for the command of --exec");
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    return hook_failed(
        command,
        WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                            : "exit code " + std::to_string(WEXITSTATUS(status))
    );
}

StopWatch::StopWatch() {
    const sigset_t set = stop_signals();
    HG_ASSERT(::sigprocmask(SIG_BLOCK, &set, nullptr) == 0);
}

StopWatch::~StopWatch() {
    const sigset_t set = stop_signals();
    static_cast<void>(::sigprocmask(SIG_UNBLOCK, &set, nullptr));
}

Wake StopWatch::wait_for(std::chrono::seconds pause) const {
    const sigset_t set = stop_signals();
    const timespec patience{.tv_sec = pause.count(), .tv_nsec = 0};
    return ::sigtimedwait(&set, nullptr, &patience) > 0 ? Wake::told_to_stop : Wake::time_passed;
}

}  // namespace heliograph::tools::pki_commands
