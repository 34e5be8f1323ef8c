// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/child_run.hpp>
#include <tools/commands/verify/confined_child.hpp>

#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

constexpr std::array passed_on{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM};

sigset_t held_set() {
    sigset_t set;
    // These calls fail for numbers that are no signals only.
    HG_ASSERT(sigemptyset(&set) == 0);
    for (const int signal : passed_on) {
        HG_ASSERT(sigaddset(&set, signal) == 0);
    }
    HG_ASSERT(sigaddset(&set, SIGCHLD) == 0);
    return set;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// Attributes and actions of one start, freed whatever happens.
class Start {
  public:
    Start() {
        HG_ASSERT(posix_spawnattr_init(&m_attributes) == 0);
        HG_ASSERT(posix_spawn_file_actions_init(&m_actions) == 0);
    }
    Start(const Start&) = delete;
    Start& operator=(const Start&) = delete;
    ~Start() {
        posix_spawnattr_destroy(&m_attributes);
        posix_spawn_file_actions_destroy(&m_actions);
    }

    Result<pid_t> run(ChildCommand& command, const sigset_t& mask) {
        sigset_t defaults;
        HG_ASSERT(sigemptyset(&defaults) == 0);
        HG_ASSERT(sigaddset(&defaults, SIGPIPE) == 0);
        HG_ASSERT(posix_spawnattr_setsigmask(&m_attributes, &mask) == 0);
        HG_ASSERT(posix_spawnattr_setsigdefault(&m_attributes, &defaults) == 0);
        const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        HG_ASSERT(posix_spawnattr_setflags(&m_attributes, static_cast<short>(flags)) == 0);
        if (command.output == ChildOutput::to_errors) {
            HG_ASSERT(
                posix_spawn_file_actions_adddup2(&m_actions, STDERR_FILENO, STDOUT_FILENO) == 0
            );
        }
        auto words = pointers_to(command.words);
        auto environment = pointers_to(command.environment);
        pid_t pid = 0;
        const int failed = ::posix_spawnp(
            &pid, words.front(), &m_actions, &m_attributes, words.data(), environment.data()
        );
        if (failed != 0) {
            return system_error(failed, "start " + command.words.front());
        }
        return pid;
    }

  private:
    posix_spawnattr_t m_attributes{};
    posix_spawn_file_actions_t m_actions{};
};

bool is_ignored(int signal) {
    struct sigaction now {};
    HG_ASSERT(sigaction(signal, nullptr, &now) == 0);
    return now.sa_handler == SIG_IGN;
}

// A signal that came before there was a child to pass it on to.
std::optional<int> take_waiting_signal() {
    sigset_t waiting;
    HG_ASSERT(sigpending(&waiting) == 0);
    for (const int signal : passed_on) {
        if (sigismember(&waiting, signal) == 0) {
            continue;
        }
        sigset_t one;
        HG_ASSERT(sigemptyset(&one) == 0);
        HG_ASSERT(sigaddset(&one, signal) == 0);
        const timespec at_once{};
        if (sigtimedwait(&one, nullptr, &at_once) == signal && !is_ignored(signal)) {
            return signal;
        }
    }
    return std::nullopt;
}

ChildEnd end_of(int status) {
    if (WIFSIGNALED(status)) {
        return {128 + WTERMSIG(status), WTERMSIG(status)};
    }
    return {WEXITSTATUS(status), 0};
}

}  // namespace

HeldSignals::HeldSignals() {
    const sigset_t set = held_set();
    HG_ASSERT(pthread_sigmask(SIG_BLOCK, &set, &m_before) == 0);
}

HeldSignals::~HeldSignals() {
    HG_ASSERT(pthread_sigmask(SIG_SETMASK, &m_before, nullptr) == 0);
}

Result<ChildEnd> run_child(ChildCommand command, const HeldSignals& held) {
    HG_ASSERT(!command.words.empty());
    // The terminal sent it to the processes of that moment: nobody would tell the child.
    if (const auto signal = take_waiting_signal()) {
        return ChildEnd{128 + *signal, *signal};
    }
    // Whoever started us may have had children reaped by themselves: then none could be waited for.
    static_cast<void>(::signal(SIGCHLD, SIG_DFL));
    HG_TRY(
        const pid_t pid,
        command.confined != nullptr ? command.confined->become(command)
                                    : Start().run(command, held.before())
    );
    const sigset_t set = held_set();
    while (true) {
        int status = 0;
        const pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            return end_of(status);
        }
        if (ended < 0 && errno != EINTR) {
            return system_error(errno, "wait for " + command.words.front());
        }
        siginfo_t told{};
        const int signal = ::sigwaitinfo(&set, &told);
        // The terminal's own reach all processes in front of it.
        if (signal > 0 && signal != SIGCHLD && told.si_code <= 0) {
            static_cast<void>(::kill(pid, signal));
        }
    }
}

}  // namespace heliograph::tools::verify_commands
