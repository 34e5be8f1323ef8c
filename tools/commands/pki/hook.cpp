// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/hook.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

namespace heliograph::tools::pki_commands {

namespace {

using Moment = std::chrono::steady_clock::time_point;

// What a hook that was told to end has for it.
constexpr std::chrono::seconds grace(5);

sigset_t stop_signals() {
    sigset_t set;
    HG_ASSERT(sigemptyset(&set) == 0 && sigaddset(&set, SIGINT) == 0);
    HG_ASSERT(sigaddset(&set, SIGTERM) == 0);
    return set;
}

Error hook_failed(const Hook& hook, const std::string& seen) {
    return {
        ErrorCode::cancelled,
        "expected the command of --exec to end with exit code 0, saw " + seen +
            " from: " + hook.command};
}

Error hook_hung(const Hook& hook) {
    return {
        ErrorCode::cancelled,
        "expected the command of --exec to end within " +
            counted(static_cast<std::size_t>(hook.deadline.count()), "second") +
            ", saw it still run, and ended it; --exec-timeout gives it longer: " + hook.command};
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

// What ends this program while it waits for a hook is held back, so that the hook, whose group no
// key press reaches, ends first. What a StopWatch holds, or nohup, stays with them; an interrupt is
// meant for both.
class HeldSignals {
  public:
    HeldSignals() {
        HG_ASSERT(::sigprocmask(SIG_BLOCK, nullptr, &m_before) == 0);
        sigset_t added;
        HG_ASSERT(sigemptyset(&m_passed_on) == 0 && sigemptyset(&added) == 0);
        HG_ASSERT(sigaddset(&added, SIGTTOU) == 0);  // For who takes the terminal back.
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction action {};
            HG_ASSERT(::sigaction(number, nullptr, &action) == 0);
            const bool is_held = number != SIGINT && sigismember(&m_before, number) == 1;
            if (action.sa_handler != SIG_IGN && !is_held) {
                HG_ASSERT(sigaddset(&m_passed_on, number) == 0);
                HG_ASSERT(sigaddset(&added, number) == 0);
            }
        }
        HG_ASSERT(::sigprocmask(SIG_BLOCK, &added, nullptr) == 0);
        m_descriptor = FileDescriptor(::signalfd(-1, &m_passed_on, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    /// What came ends this program now, or the watch.
    ~HeldSignals() {
        if (m_seen) {
            static_cast<void>(::raise(*m_seen));
        }
        static_cast<void>(::sigprocmask(SIG_SETMASK, &m_before, nullptr));
    }

    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    [[nodiscard]] const sigset_t& before() const { return m_before; }
    void remember(int number) { m_seen = number; }
    void pass_on(pid_t group) {
        signalfd_siginfo signal{};
        if (::read(m_descriptor.get(), &signal, sizeof signal) == sizeof signal) {
            m_seen = static_cast<int>(signal.ssi_signo);
            static_cast<void>(::kill(-group, *m_seen));
        }
    }

  private:
    sigset_t m_before{};
    sigset_t m_passed_on{};
    FileDescriptor m_descriptor;
    std::optional<int> m_seen;
};

// The terminal of whoever typed the command: a hook may ask for a password there, as its own group
// alone could not. It comes back when the hook is over.
class LentTerminal {
  public:
    LentTerminal() {
        if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 &&
            ::tcgetpgrp(STDIN_FILENO) == ::getpgrp()) {
            m_is_lent = true;
        }
    }
    LentTerminal(const LentTerminal&) = delete;
    LentTerminal& operator=(const LentTerminal&) = delete;
    ~LentTerminal() {
        if (m_is_lent) {
            static_cast<void>(::tcsetpgrp(STDIN_FILENO, ::getpgrp()));
        }
    }
    [[nodiscard]] bool is_lent() const { return m_is_lent; }

  private:
    bool m_is_lent = false;
};

// Behind fork: only calls that are safe there.
void prepare_child(const HeldSignals& signals, const LentTerminal& terminal) {
    static_cast<void>(::setpgid(0, 0));
    if (terminal.is_lent()) {
        static_cast<void>(::tcsetpgrp(STDIN_FILENO, ::getpid()));
    }
    static_cast<void>(::sigprocmask(SIG_SETMASK, &signals.before(), nullptr));
    const sigset_t set = stop_signals();
    static_cast<void>(::sigprocmask(SIG_UNBLOCK, &set, nullptr));
    static_cast<void>(::signal(SIGPIPE, SIG_DFL));
}

Result<pid_t> start_hook(
    const Hook& hook,
    const HookSubject& subject,
    const HeldSignals& signals,
    const LentTerminal& terminal
) {
    auto environment = environment_for(subject);
    std::vector<char*> entries;
    entries.reserve(environment.size() + 1);
    for (auto& entry : environment) {
        entries.push_back(entry.data());
    }
    entries.push_back(nullptr);
    std::string shell = "/bin/sh";
    std::string flag = "-c";
    std::string text = hook.command;
    const std::array<char*, 4> arguments{shell.data(), flag.data(), text.data(), nullptr};
    const pid_t child = ::fork();
    if (child < 0) {
        return system_error(errno, "start the command of --exec");
    }
    if (child == 0) {
        prepare_child(signals, terminal);
        // --json keeps standard output for its document.
        if (::dup2(STDERR_FILENO, STDOUT_FILENO) >= 0) {
            ::execve(shell.c_str(), arguments.data(), entries.data());
        }
        ::_exit(127);
    }
    static_cast<void>(::setpgid(child, child));  // Whichever of the two comes first.
    return child;
}

enum class HookEnd { by_itself, not_in_time };

// Until the child is over, but not yet waited for: its group keeps its number until then.
HookEnd wait_until(Moment end, const FileDescriptor& child_end, HeldSignals& signals, pid_t child) {
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return HookEnd::not_in_time;
        }
        std::array<pollfd, 2> waits{
            pollfd{child_end.get(), POLLIN, 0}, pollfd{signals.descriptor(), POLLIN, 0}};
        if (::poll(waits.data(), waits.size(), static_cast<int>(left.count())) <= 0) {
            continue;
        }
        if (waits.front().revents != 0) {
            return HookEnd::by_itself;
        }
        signals.pass_on(child);
        end = std::min(end, std::chrono::steady_clock::now() + grace);
    }
}

Result<int> status_of(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return system_error(errno, "wait for the command of --exec");
        }
    }
    return status;
}

}  // namespace

Outcome run_hook(const Hook& hook, const HookSubject& subject) {
    HeldSignals signals;
    const LentTerminal terminal;
    HG_TRY(const pid_t child, start_hook(hook, subject, signals, terminal));
    const FileDescriptor end(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!end.is_open()) {
        const int reason = errno;
        static_cast<void>(::kill(-child, SIGKILL));
        static_cast<void>(status_of(child));
        return system_error(reason, "watch the command of --exec");
    }
    const HookEnd ended =
        wait_until(std::chrono::steady_clock::now() + hook.deadline, end, signals, child);
    if (ended == HookEnd::not_in_time) {
        static_cast<void>(::kill(-child, SIGTERM));
        static_cast<void>(::kill(-child, SIGCONT));  // What is stopped cannot end.
        const Moment last = std::chrono::steady_clock::now() + grace;
        static_cast<void>(wait_until(last, end, signals, child));
        static_cast<void>(::kill(-child, SIGKILL));
    }
    HG_TRY(const int status, status_of(child));
    if (ended == HookEnd::not_in_time) {
        return hook_hung(hook);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    if (terminal.is_lent() && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) {
        signals.remember(SIGINT);  // Whoever pressed the keys meant both.
    }
    return hook_failed(
        hook,
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
