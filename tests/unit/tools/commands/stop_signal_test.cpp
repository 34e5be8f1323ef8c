// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/stop_signal.hpp>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <string>
#include <utility>

namespace heliograph::tools {
namespace {

// A process that is told to stop, and goes on for ever all the same.
class Stubborn {
  public:
    explicit Stubborn(const ConsoleOptions& options) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe(ends.data()), 0);
        m_child = ::fork();
        EXPECT_GE(m_child, 0);
        if (m_child == 0) {
            static_cast<void>(::dup2(ends[1], STDERR_FILENO));
            const Console console(options);
            const StopSignal stop(console, [] {
                static_cast<void>(!::write(STDERR_FILENO, "called\n", 7));
            });
            static_cast<void>(!::write(STDERR_FILENO, "ready\n", 6));
            while (true) {
                static_cast<void>(::pause());
            }
        }
        EXPECT_EQ(::close(ends[1]), 0);
        m_said = ends[0];
    }
    Stubborn(const Stubborn&) = delete;
    Stubborn& operator=(const Stubborn&) = delete;
    ~Stubborn() { EXPECT_EQ(::close(m_said), 0); }

    void send(int signal) const { EXPECT_EQ(::kill(m_child, signal), 0); }

    // All that it says up to this line, or up to its end.
    std::string read_until(const std::string& last) const {
        std::string said;
        char letter = 0;
        while (!said.ends_with(last) && ::read(m_said, &letter, 1) == 1) {
            said += letter;
        }
        return said;
    }

    // Which signal ended it; 0: none.
    int ended_by() const {
        int status = 0;
        EXPECT_EQ(::waitpid(m_child, &status, 0), m_child);
        return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }

  private:
    pid_t m_child = -1;
    int m_said = -1;
};

TEST(StopSignal, CallsAtTheFirstAndEndsTheProcessAtTheSecond) {
    for (const auto& [first, second] :
         {std::pair(SIGINT, SIGINT), std::pair(SIGTERM, SIGTERM), std::pair(SIGTERM, SIGINT)}) {
        const Stubborn process({});
        EXPECT_EQ(process.read_until("ready\n"), "ready\n");
        process.send(first);
        const auto said = process.read_until("called\n");
        // A service's manager is told nothing of a keyboard.
        const bool is_told = said.find("Ctrl-C once more ends at once") != std::string::npos;
        EXPECT_EQ(is_told, first == SIGINT) << said;
        process.send(second);
        EXPECT_EQ(process.ended_by(), second);
    }
}

TEST(StopSignal, TellsNothingWhereScriptsRead) {
    for (const ConsoleOptions options :
         {ConsoleOptions{.format = OutputFormat::json},
          ConsoleOptions{.verbosity = Verbosity::quiet}}) {
        const Stubborn process(options);
        EXPECT_EQ(process.read_until("ready\n"), "ready\n");
        process.send(SIGINT);
        EXPECT_EQ(process.read_until("called\n"), "called\n");
        process.send(SIGINT);
        EXPECT_EQ(process.ended_by(), SIGINT);
    }
}

TEST(StopSignal, EndsWithItsObjectWhetherOrNotItWasCalled) {
    const Console console({});
    {
        const StopSignal none(console, [] { FAIL(); });
    }
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        static_cast<void>(::close(STDERR_FILENO));
        std::promise<void> called;
        {
            const StopSignal stop(console, [&called] { called.set_value(); });
            static_cast<void>(::kill(::getpid(), SIGTERM));
            called.get_future().wait();
        }
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace heliograph::tools
