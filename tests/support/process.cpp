// SPDX-License-Identifier: Apache-2.0
#include <tests/support/process.hpp>
#include <tests/support/spawn.hpp>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

namespace heliograph::test_support {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

int as_poll_timeout(steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    return left.count() > 0 ? static_cast<int>(left.count()) + 1 : 0;
}

}  // namespace

struct Process::State {
    explicit State(Command wanted) : command(std::move(wanted)) {}
    ~State();
    State(const State&) = delete;
    State& operator=(const State&) = delete;

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
    if (!command.input.empty() &&
        ::write(input.write_end.number(), command.input.data(), command.input.size()) !=
            static_cast<ssize_t>(command.input.size())) {
        fail(command, "the input did not fit the pipe");
    }
    pid = spawn(command, {input.read_end, output.write_end, errors.write_end});
    pid_handle = open_process(command, pid);
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

Process::State::~State() {
    kill_and_reap();
    finish_collecting();
}

Process::~Process() = default;

Process::Process(Process&&) noexcept = default;

Process& Process::operator=(Process&& other) noexcept {
    std::swap(m_state, other.m_state);
    return *this;
}

pid_t Process::pid() const {
    return m_state->pid;
}

std::string Process::said(Stream stream) const {
    const std::lock_guard lock(m_state->mutex);
    return m_state->captures.at(stream == Stream::output ? 0 : 1).text;
}

std::string Process::wait_for_line(Stream stream, std::string_view text) const {
    State& state = *m_state;
    const auto deadline = steady_clock::now() + state.command.patience;
    const auto& capture = state.captures.at(stream == Stream::output ? 0 : 1);
    std::size_t line_start = 0;
    std::unique_lock lock(state.mutex);
    for (;;) {
        for (std::size_t end = 0;
             (end = capture.text.find('\n', line_start)) != std::string::npos;) {
            std::string line = capture.text.substr(line_start, end - line_start);
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
