// SPDX-License-Identifier: Apache-2.0
#include <tests/support/process.hpp>

#include <fcntl.h>
#include <poll.h>

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

namespace heliograph::test_support {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

[[noreturn]] void fail(const Command& command, const std::string& what) {
    throw std::runtime_error("running " + command.program.string() + ": " + what);
}

void check(int number, const Command& command, const char* call) {
    if (number != 0) {
        fail(command, std::string(call) + ": " + std::strerror(number));
    }
}

/// A file descriptor that is closed once.
class Descriptor {
  public:
    explicit Descriptor(int number = -1) : m_number(number) {}
    Descriptor(Descriptor&& other) noexcept : m_number(std::exchange(other.m_number, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(m_number, other.m_number);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    [[nodiscard]] int number() const { return m_number; }
    void reset() {
        if (m_number >= 0) {
            ::close(std::exchange(m_number, -1));
        }
    }

  private:
    int m_number;
};

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Pipe make_pipe(const Command& command) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        fail(command, std::string("pipe2: ") + std::strerror(errno));
    }
    return {Descriptor(ends[0]), Descriptor(ends[1])};
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
    for (std::string& line : lines) {
        pointers.push_back(line.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// The file actions and attributes of one posix_spawn.
class SpawnPlan {
  public:
    SpawnPlan() {
        ::posix_spawn_file_actions_init(&m_actions);
        ::posix_spawnattr_init(&m_attributes);
    }
    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&m_actions);
        ::posix_spawnattr_destroy(&m_attributes);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    void give(const Command& command, const Descriptor& from, int number) {
        check(
            ::posix_spawn_file_actions_adddup2(&m_actions, from.number(), number), command, "dup2"
        );
    }
    void enter(const Command& command) {
        if (!command.folder.empty()) {
            check(
                ::posix_spawn_file_actions_addchdir_np(&m_actions, command.folder.c_str()),
                command,
                "chdir"
            );
        }
    }
    /// The test may ignore SIGPIPE; the program must start with the defaults.
    void default_signals(const Command& command) {
        sigset_t signals;
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGPIPE);
        check(::posix_spawnattr_setsigdefault(&m_attributes, &signals), command, "sigdefault");
        check(
            ::posix_spawnattr_setflags(&m_attributes, POSIX_SPAWN_SETSIGDEF), command, "setflags"
        );
    }
    pid_t spawn(const Command& command) {
        std::vector<std::string> words{command.program.string()};
        words.insert(words.end(), command.arguments.begin(), command.arguments.end());
        std::vector<std::string> environment = environment_of(command);
        pid_t pid = -1;
        check(
            ::posix_spawnp(
                &pid,
                command.program.c_str(),
                &m_actions,
                &m_attributes,
                pointers_to(words).data(),
                pointers_to(environment).data()
            ),
            command,
            "start"
        );
        return pid;
    }

  private:
    posix_spawn_file_actions_t m_actions{};
    posix_spawnattr_t m_attributes{};
};

int as_poll_timeout(steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) + 1 : 0;
}

}  // namespace

struct Process::State {
    explicit State(const Command& wanted) : command(wanted) {}

    Command command;
    pid_t pid = -1;
    Descriptor pid_handle;
    bool reaped = false;
    Outcome outcome;

    struct Capture {
        Descriptor pipe;
        std::string text;
        bool open = true;
    };
    mutable std::mutex mutex;
    mutable std::condition_variable changed;
    std::array<Capture, 2> captures;
    Pipe stop_collecting;
    std::thread collector;

    void start();
    void collect();
    bool read_more(Capture& capture);
    bool wait_for_end(steady_clock::time_point deadline);
    void kill_and_reap();
    void finish_collecting();
    [[nodiscard]] std::string all_said() const;
};

void Process::State::start() {
    if (command.input.size() > 60'000) {
        fail(command, "the input is longer than a pipe holds");
    }
    Pipe input = make_pipe(command);
    Pipe output = make_pipe(command);
    Pipe errors = make_pipe(command);
    stop_collecting = make_pipe(command);
    SpawnPlan plan;
    plan.give(command, input.read_end, STDIN_FILENO);
    plan.give(command, output.write_end, STDOUT_FILENO);
    plan.give(command, errors.write_end, STDERR_FILENO);
    plan.enter(command);
    plan.default_signals(command);
    if (!command.input.empty() &&
        ::write(input.write_end.number(), command.input.data(), command.input.size()) !=
            static_cast<ssize_t>(command.input.size())) {
        fail(command, "the input did not fit the pipe");
    }
    pid = plan.spawn(command);
    pid_handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (pid_handle.number() < 0) {
        const int number = errno;
        kill_and_reap();
        fail(command, std::string("pidfd_open: ") + std::strerror(number));
    }
    captures[0].pipe = std::move(output.read_end);
    captures[1].pipe = std::move(errors.read_end);
    collector = std::thread([this] { collect(); });
}

/// Reads both channels until they close, so that the program never waits for a reader.
void Process::State::collect() {
    while (captures[0].open || captures[1].open) {
        std::array<pollfd, 3> waits{};
        for (std::size_t i = 0; i < 2; ++i) {
            waits[i] = {captures[i].open ? captures[i].pipe.number() : -1, POLLIN, 0};
        }
        waits[2] = {stop_collecting.read_end.number(), POLLIN, 0};
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR) {
            break;
        }
        if (waits[2].revents != 0) {
            break;
        }
        for (std::size_t i = 0; i < 2; ++i) {
            if (waits[i].revents != 0 && !read_more(captures[i])) {
                const std::lock_guard lock(mutex);
                captures[i].open = false;
            }
        }
        changed.notify_all();
    }
    const std::lock_guard lock(mutex);
    captures[0].open = captures[1].open = false;
    changed.notify_all();
}

bool Process::State::read_more(Capture& capture) {
    std::array<char, 65536> buffer{};
    const ssize_t count = ::read(capture.pipe.number(), buffer.data(), buffer.size());
    if (count <= 0) {
        return count < 0 && errno == EINTR;
    }
    const std::lock_guard lock(mutex);
    capture.text.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

bool Process::State::wait_for_end(steady_clock::time_point deadline) {
    if (reaped) {
        return true;
    }
    pollfd wait{pid_handle.number(), POLLIN, 0};
    while (::poll(&wait, 1, as_poll_timeout(deadline)) <= 0) {
        if (steady_clock::now() >= deadline) {
            return false;
        }
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    reaped = true;
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return true;
}

void Process::State::kill_and_reap() {
    if (pid > 0 && !reaped) {
        ::kill(pid, SIGKILL);
        while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
        }
        reaped = true;
        outcome.signal = SIGKILL;
    }
}

/// A grandchild may hold the channels open for ever: after the program's end it gets a moment, not
/// more.
void Process::State::finish_collecting() {
    if (!collector.joinable()) {
        return;
    }
    {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, std::chrono::seconds(2), [this] {
            return !captures[0].open && !captures[1].open;
        });
    }
    stop_collecting.write_end.reset();
    collector.join();
}

std::string Process::State::all_said() const {
    const std::lock_guard lock(mutex);
    return "\n-- output --\n" + captures[0].text + "-- errors --\n" + captures[1].text;
}

Process::Process(const Command& command) : m_state(std::make_unique<State>(command)) {
    m_state->start();
}

Process::~Process() {
    if (m_state) {
        m_state->kill_and_reap();
        m_state->finish_collecting();
    }
}

Process::Process(Process&&) noexcept = default;

Process& Process::operator=(Process&& other) noexcept {
    std::swap(m_state, other.m_state);
    return *this;
}

pid_t Process::pid() const {
    return m_state->pid;
}

std::string Process::said(Channel channel) const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->captures.at(channel == Channel::output ? 0 : 1).text;
}

std::string Process::wait_for_line(Channel channel, std::string_view text) const {
    State& state = *m_state;
    const auto deadline = steady_clock::now() + state.command.patience;
    const auto& capture = state.captures.at(channel == Channel::output ? 0 : 1);
    std::size_t line_start = 0;
    std::unique_lock lock(state.mutex);
    for (;;) {
        for (std::size_t end = 0;
             (end = capture.text.find('\n', line_start)) != std::string::npos;) {
            const std::string line = capture.text.substr(line_start, end - line_start);
            if (line.find(text) != std::string::npos) {
                return line;
            }
            line_start = end + 1;
        }
        const bool ended = !capture.open;
        if (ended || state.changed.wait_until(lock, deadline) == std::cv_status::timeout) {
            lock.unlock();
            fail(
                state.command,
                "no line with '" + std::string(text) +
                    (ended ? "' before the channel closed" : "' in time") + state.all_said()
            );
        }
    }
}

void Process::send_signal(int signal) {
    if (m_state->reaped || ::kill(m_state->pid, signal) != 0) {
        fail(m_state->command, "it has ended before the signal" + m_state->all_said());
    }
}

Outcome Process::wait() {
    State& state = *m_state;
    if (!state.wait_for_end(steady_clock::now() + state.command.patience)) {
        state.kill_and_reap();
        state.finish_collecting();
        fail(state.command, "it did not end in time" + state.all_said());
    }
    state.finish_collecting();
    state.outcome.output = state.captures[0].text;
    state.outcome.errors = state.captures[1].text;
    return state.outcome;
}

Outcome Process::stop() {
    send_signal(SIGTERM);
    return wait();
}

Outcome run(const Command& command) {
    return Process(command).wait();
}

}  // namespace heliograph::test_support
