// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tools/commands/pki/hook.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

namespace heliograph::tools::pki_commands {
namespace {

using test::expect_error;
using test::succeeded;

// No descriptor is left for as long as it lives.
class TakenDescriptors {
  public:
    TakenDescriptors() {
        // UBSan looks at the first object of a type by means of a pipe, and remembers what it saw.
        EXPECT_NE(system_error(EMFILE, "open a file").message(), "");
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &m_before), 0);
        const rlimit few{.rlim_cur = 32, .rlim_max = m_before.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
        do {
            m_taken.emplace_back(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
        } while (m_taken.back().is_open());
    }
    TakenDescriptors(const TakenDescriptors&) = delete;
    TakenDescriptors& operator=(const TakenDescriptors&) = delete;
    ~TakenDescriptors() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &m_before), 0); }

  private:
    rlimit m_before{};
    std::vector<FileDescriptor> m_taken;
};

class HookTest : public ::testing::Test {
  protected:
    [[nodiscard]] Outcome run(const std::string& command) const {
        return run_hook(
            {.command = command, .deadline = std::chrono::seconds(60)},
            {.name = "laptop", .folder = m_temp.path()}
        );
    }

    heliograph::test::TempFolder m_temp;
};

TEST_F(HookTest, IsNotStartedWhereNobodyCouldWatchIt) {
    const auto place = m_temp / "ran";
    const auto command = "echo ran > " + place.string();
    const auto outcome = [&] {
        const TakenDescriptors taken;
        return run(command);
    }();
    expect_error(outcome, ErrorCode::io, "watch the command of --exec");
    EXPECT_FALSE(std::filesystem::exists(place));
    EXPECT_TRUE(succeeded(run(command)));
    EXPECT_TRUE(std::filesystem::exists(place));
}

TEST_F(HookTest, EndsByItselfOrIsToldHow) {
    EXPECT_TRUE(succeeded(run("test $HELIOGRAPH_NAME = laptop")));
    expect_error(run("exit 3"), ErrorCode::cancelled, "exit code 3");
    expect_error(run("kill -KILL $$"), ErrorCode::cancelled, "signal 9");
}

}  // namespace
}  // namespace heliograph::tools::pki_commands
