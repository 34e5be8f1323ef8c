// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/hook.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
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

Error hook_wants_terminal(const Hook& hook) {
    return {
        ErrorCode::cancelled,
        "expected the command of --exec to need no terminal, as this program has none to lend, "
        "saw it ask for one, and ended it: " +
            hook.command};
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
// meant for both. What becomes of the hook is heard of here too.
class HeldSignals {
  public:
    HeldSignals() {
        HG_ASSERT(::sigprocmask(SIG_BLOCK, nullptr, &m_before) == 0);
        sigset_t heard;
        sigset_t added;
        HG_ASSERT(sigemptyset(&heard) == 0 && sigemptyset(&added) == 0);
        HG_ASSERT(sigaddset(&heard, SIGCHLD) == 0 && sigaddset(&added, SIGCHLD) == 0);
        // For who takes the terminal back, while others of this group may ask for it.
        HG_ASSERT(sigaddset(&added, SIGTTOU) == 0 && sigaddset(&added, SIGTTIN) == 0);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            struct sigaction action {};
            HG_ASSERT(::sigaction(number, nullptr, &action) == 0);
            const bool is_held = number != SIGINT && sigismember(&m_before, number) == 1;
            if (action.sa_handler != SIG_IGN && !is_held) {
                HG_ASSERT(sigaddset(&heard, number) == 0);
                HG_ASSERT(sigaddset(&added, number) == 0);
            }
        }
        // Where it was ignored, nobody would learn how the hook ended.
        struct sigaction plain {};
        plain.sa_handler = SIG_DFL;
        HG_ASSERT(::sigaction(SIGCHLD, &plain, &m_child_before) == 0);
        HG_ASSERT(::sigprocmask(SIG_BLOCK, &added, nullptr) == 0);
        m_descriptor = FileDescriptor(::signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK));
        m_reason = m_descriptor.is_open() ? 0 : errno;
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    /// What came ends this program now, or the watch.
    ~HeldSignals() {
        if (m_seen) {
            static_cast<void>(::raise(*m_seen));
        }
        static_cast<void>(::sigaction(SIGCHLD, &m_child_before, nullptr));
        static_cast<void>(::sigprocmask(SIG_SETMASK, &m_before, nullptr));
    }

    /// Before anything is started that could not be watched. @errors io.
    [[nodiscard]] Outcome check() const {
        return m_reason == 0 ? Outcome()
                             : Outcome(system_error(m_reason, "watch the command of --exec"));
    }
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }
    [[nodiscard]] const sigset_t& before() const { return m_before; }
    void remember(int number) { m_seen = number; }
    /// Of those that came, one; none: there is no more.
    [[nodiscard]] std::optional<int> next() const {
        signalfd_siginfo signal{};
        return ::read(m_descriptor.get(), &signal, sizeof signal) == sizeof signal
                   ? std::optional(static_cast<int>(signal.ssi_signo))
                   : std::nullopt;
    }

  private:
    sigset_t m_before{};
    struct sigaction m_child_before {};
    FileDescriptor m_descriptor;
    int m_reason = 0;
    std::optional<int> m_seen;
};

// The terminal of whoever typed the command: a hook may ask for a password there, as its own group
// alone could not, wherever its input and output lead. It comes back when the hook is over.
class LentTerminal {
  public:
    LentTerminal()
        : m_terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)), m_is_lent(is_own()) {}
    LentTerminal(const LentTerminal&) = delete;
    LentTerminal& operator=(const LentTerminal&) = delete;
    ~LentTerminal() { take_back(); }

    [[nodiscard]] bool is_lent() const { return m_is_lent; }
    /// By the hook itself too, which shall not run before it has it.
    void give_to(pid_t group) const {
        if (m_is_lent) {
            static_cast<void>(::tcsetpgrp(m_terminal.get(), group));
        }
    }
    /// Where it is this program's by now.
    void lend_again(pid_t group) {
        m_is_lent = m_is_lent || is_own();
        give_to(group);
    }
    void take_back() {
        if (m_is_lent) {
            give_to(::getpgrp());
            m_is_lent = false;
            // A pager of this job was stopped when it asked for keys meanwhile.
            static_cast<void>(::kill(0, SIGCONT));
        }
    }

  private:
    [[nodiscard]] bool is_own() const {
        return m_terminal.is_open() && ::tcgetpgrp(m_terminal.get()) == ::getpgrp();
    }

    FileDescriptor m_terminal;
    bool m_is_lent;
};

// Behind fork: only calls that are safe there.
void prepare_child(const HeldSignals& signals, const LentTerminal& terminal) {
    static_cast<void>(::setpgid(0, 0));
    terminal.give_to(::getpid());
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

enum class HookEnd { by_itself, not_in_time, wants_terminal };

// A hook that was started and is not yet waited for: its group keeps its number until then.
class RunningHook {
  public:
    RunningHook(pid_t child, HeldSignals& signals, LentTerminal& terminal)
        : m_child(child), m_signals(signals), m_terminal(terminal) {}

    HookEnd wait_until(Moment end) {
        while (!is_over()) {
            const auto stop = stopped_by();
            const bool asks = stop && (*stop == SIGTTIN || *stop == SIGTTOU);
            if (asks && !get_terminal()) {
                return HookEnd::wants_terminal;
            }
            if (stop && !asks && m_terminal.is_lent()) {
                end += pause_together();
            }
            if (stop) {
                continue;
            }
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(
                end - std::chrono::steady_clock::now()
            );
            if (left.count() <= 0) {
                return HookEnd::not_in_time;
            }
            pollfd heard{m_signals.descriptor(), POLLIN, 0};
            static_cast<void>(::poll(&heard, 1, static_cast<int>(left.count())));
            while (const auto number = m_signals.next()) {
                if (*number != SIGCHLD) {
                    m_signals.remember(*number);
                    tell(*number);
                    end = std::min(end, std::chrono::steady_clock::now() + grace);
                }
            }
        }
        return HookEnd::by_itself;
    }

    void end_now() {
        tell(SIGTERM);
        tell(SIGCONT);  // What is stopped cannot end.
        static_cast<void>(wait_until(std::chrono::steady_clock::now() + grace));
        tell(SIGKILL);
    }

  private:
    void tell(int number) const { static_cast<void>(::kill(-m_child, number)); }

    [[nodiscard]] bool is_over() const {
        siginfo_t seen{};
        const auto id = static_cast<id_t>(m_child);
        return ::waitid(P_PID, id, &seen, WEXITED | WNOHANG | WNOWAIT) != 0 || seen.si_pid != 0;
    }

    // By which signal, once.
    [[nodiscard]] std::optional<int> stopped_by() const {
        siginfo_t seen{};
        const auto id = static_cast<id_t>(m_child);
        const bool is_told =
            ::waitid(P_PID, id, &seen, WSTOPPED | WNOHANG) == 0 && seen.si_pid != 0;
        return is_told ? std::optional(seen.si_status) : std::nullopt;
    }

    // It came to the front since this program was there last.
    [[nodiscard]] bool get_terminal() {
        if (m_terminal.is_lent()) {
            return false;
        }
        m_terminal.lend_again(m_child);
        if (m_terminal.is_lent()) {
            tell(SIGCONT);
        }
        return m_terminal.is_lent();
    }

    // The keys that stop a job stopped the hook, which has the terminal: this program goes with it,
    // and on with it. @return How long that took.
    std::chrono::steady_clock::duration pause_together() {
        const Moment began = std::chrono::steady_clock::now();
        m_terminal.take_back();
        static_cast<void>(::kill(0, SIGTSTP));
        m_terminal.lend_again(m_child);
        tell(SIGCONT);
        return std::chrono::steady_clock::now() - began;
    }

    pid_t m_child;
    HeldSignals& m_signals;
    LentTerminal& m_terminal;
};

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
    HG_CHECK(signals.check());
    LentTerminal terminal;
    HG_TRY(const pid_t child, start_hook(hook, subject, signals, terminal));
    RunningHook running(child, signals, terminal);
    const HookEnd ended = running.wait_until(std::chrono::steady_clock::now() + hook.deadline);
    if (ended != HookEnd::by_itself) {
        running.end_now();
    }
    HG_TRY(const int status, status_of(child));
    if (ended == HookEnd::not_in_time) {
        return hook_hung(hook);
    }
    if (ended == HookEnd::wants_terminal) {
        return hook_wants_terminal(hook);
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
