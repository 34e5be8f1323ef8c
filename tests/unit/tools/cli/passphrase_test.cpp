// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tools/cli/passphrase.hpp>
#include <tools/cli/passphrase_prompt.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <future>

namespace heliograph::tools {
namespace {

using test::expect_error;
using test::succeeded;

std::string text_in(const SecretBytes& secret) {
    return std::string(text_of(secret.expose()));
}

class PassphraseFile : public testing::Test {
  protected:
    [[nodiscard]] PassphraseOptions holding(
        std::string_view text, FileAccess access = FileAccess::owner_only
    ) const {
        const auto path = m_folder / "passphrase";
        EXPECT_TRUE(succeeded(write_file_atomically(path, bytes_of(text), access)));
        return {.file = path.string(), .descriptor = std::nullopt};
    }

    test::TempFolder m_folder;
};

TEST_F(PassphraseFile, GivesItsLineWithoutTheLineEnd) {
    for (const std::string_view end : {"", "\n", "\r\n"}) {
        const auto read = read_passphrase(holding("open sesame" + std::string(end)));
        ASSERT_TRUE(succeeded(read));
        EXPECT_EQ(text_in(*read), "open sesame");
    }
}

TEST_F(PassphraseFile, IsRefusedWhenOthersMayReadIt) {
    expect_error(
        read_passphrase(holding("x", FileAccess::everyone)), ErrorCode::denied, "chmod 600"
    );
}

TEST_F(PassphraseFile, IsOneLineAndNotEmpty) {
    expect_error(read_passphrase(holding("")), ErrorCode::invalid_argument, "empty");
    expect_error(read_passphrase(holding("\n")), ErrorCode::invalid_argument, "empty");
    expect_error(read_passphrase(holding("a\nb\n")), ErrorCode::invalid_argument, "several lines");
    EXPECT_TRUE(succeeded(read_passphrase(holding(std::string(1024, 'x') + "\r\n"))));
    expect_error(read_passphrase(holding(std::string(1025, 'x'))), ErrorCode::invalid_argument);
    expect_error(read_passphrase(holding(std::string(5000, 'x'))), ErrorCode::too_large);
}

TEST_F(PassphraseFile, ThatIsMissingOrNotNamedIsSaid) {
    expect_error(
        read_passphrase({.file = (m_folder / "none").string(), .descriptor = std::nullopt}),
        ErrorCode::not_found
    );
    expect_error(
        read_passphrase({.file = {}, .descriptor = std::nullopt}),
        ErrorCode::invalid_argument,
        "--passphrase-file"
    );
}

TEST_F(PassphraseFile, IsReadOnceForSeveralKeys) {
    const auto options = holding("once");
    const auto source = passphrase_source(options, "a key");
    ASSERT_TRUE(succeeded(source()));
    ASSERT_TRUE(std::filesystem::remove(options.file));
    const auto again = source();
    ASSERT_TRUE(succeeded(again));
    EXPECT_EQ(text_in(*again), "once");
}

TEST(PassphraseDescriptor, IsReadToItsEnd) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    ASSERT_EQ(::write(writing.get(), "open sesame\n", 12), 12);
    writing.close();
    const auto read = read_passphrase({.file = {}, .descriptor = reading.get()});
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(text_in(*read), "open sesame");
}

TEST(PassphraseDescriptor, ThatIsNotOpenIsMisuse) {
    expect_error(
        read_passphrase({.file = {}, .descriptor = 999}), ErrorCode::invalid_argument, "999"
    );
}

/// A terminal of which the test is the person: what it types, and what it sees.
class PassphrasePrompt : public testing::Test {
  protected:
    PassphrasePrompt() : m_person(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        EXPECT_EQ(::grantpt(m_person.get()), 0);
        EXPECT_EQ(::unlockpt(m_person.get()), 0);
        std::array<char, 64> name{};
        EXPECT_EQ(::ptsname_r(m_person.get(), name.data(), name.size()), 0);
        m_terminal = name.data();
        // Kept open, so that the terminal outlives each question and its settings can be read.
        m_kept = FileDescriptor(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    }

    // Keys count from the moment the question is seen: what was typed before is thrown away.
    Result<SecretBytes> answer(const std::string& keys) {
        auto asked = std::async(std::launch::async, [this] {
            return ask_passphrase("passphrase for a key", m_terminal);
        });
        see_until("passphrase for a key: ");
        EXPECT_EQ(
            ::write(m_person.get(), keys.data(), keys.size()), static_cast<ssize_t>(keys.size())
        );
        auto result = asked.get();
        see_until("\n");
        return result;
    }

    void see_until(std::string_view words) {
        char seen = '\0';
        while (!std::string_view(m_seen).ends_with(words)) {
            ASSERT_EQ(::read(m_person.get(), &seen, 1), 1);
            m_seen += seen;
        }
    }

    [[nodiscard]] bool echoes() const {
        ::termios settings{};
        EXPECT_EQ(::tcgetattr(m_kept.get(), &settings), 0);
        return (settings.c_lflag & ECHO) != 0 && (settings.c_lflag & ICANON) != 0 &&
               (settings.c_lflag & ISIG) != 0;
    }

    FileDescriptor m_person;
    FileDescriptor m_kept;
    std::string m_terminal;
    std::string m_seen;
};

TEST_F(PassphrasePrompt, ShowsNothingOfWhatIsTyped) {
    const auto typed = answer("open sesame\r");
    ASSERT_TRUE(succeeded(typed));
    EXPECT_EQ(text_in(*typed), "open sesame");
    EXPECT_EQ(m_seen.find("sesame"), std::string::npos);
    EXPECT_TRUE(echoes());
}

TEST_F(PassphrasePrompt, LetsThePersonCorrect) {
    const auto typed = answer(
        "wrong\x15 open sesamx\x7f"
        "e\n"
    );
    ASSERT_TRUE(succeeded(typed));
    EXPECT_EQ(text_in(*typed), " open sesame");
}

TEST_F(PassphrasePrompt, GivesUpOnInterruptAndRestoresTheTerminal) {
    expect_error(answer("half\x03"), ErrorCode::cancelled);
    EXPECT_TRUE(echoes());
}

TEST_F(PassphrasePrompt, RestoresTheTerminalBeforeASignalEndsTheProcess) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
        m_seen.clear();
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            const ::rlimit no_dump{0, 0};
            static_cast<void>(::setrlimit(RLIMIT_CORE, &no_dump));
            static_cast<void>(ask_passphrase("passphrase for a key", m_terminal));
            ::_exit(0);
        }
        see_until("passphrase for a key: ");
        EXPECT_FALSE(echoes());
        ASSERT_EQ(::write(m_person.get(), "half", 4), 4);
        ASSERT_EQ(::kill(child, signal), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status));
        EXPECT_EQ(WTERMSIG(status), signal);
        EXPECT_TRUE(echoes()) << signal;
    }
}

TEST_F(PassphrasePrompt, LetsIgnoredSignalsBeIgnored) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        static_cast<void>(std::signal(SIGHUP, SIG_IGN));
        const auto typed = ask_passphrase("passphrase for a key", m_terminal);
        ::_exit(typed.has_value() && text_in(*typed) == "open" ? 0 : 1);
    }
    see_until("passphrase for a key: ");
    ASSERT_EQ(::kill(child, SIGHUP), 0);
    ASSERT_EQ(::write(m_person.get(), "open\r", 5), 5);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_TRUE(echoes());
}

TEST_F(PassphrasePrompt, RefusesAnEmptyLine) {
    expect_error(answer("\r"), ErrorCode::invalid_argument, "empty");
}

TEST_F(PassphrasePrompt, RefusesAnEndlessLine) {
    expect_error(answer(std::string(1025, 'x')), ErrorCode::too_large);
    EXPECT_TRUE(echoes());
}

TEST(PassphraseTerminal, ThatIsNoneLeadsToTheFlags) {
    expect_error(
        ask_passphrase("passphrase", "/dev/null"), ErrorCode::invalid_argument, "--passphrase-file"
    );
}

}  // namespace
}  // namespace heliograph::tools
