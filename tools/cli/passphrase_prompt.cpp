// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <tools/cli/passphrase_prompt.hpp>
#include <tools/cli/text.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace heliograph::tools {

namespace {

constexpr char interrupt = '\x03';  // Ctrl-C
constexpr char end_of_input = '\x04';
constexpr char erase_line = '\x15';  // Ctrl-U
constexpr char backspace = '\b';
constexpr char rub_out = '\x7f';

/// Holds back what would end the process, until it goes: the terminal is restored before the signal
/// is delivered, and what the signal does then is up to whoever has set it. A signal that is
/// ignored stays ignored.
class HeldSignals {
  public:
    HeldSignals() {
        HG_ASSERT(::sigemptyset(&m_held) == 0);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
            struct ::sigaction now {};
            const bool ignored =
                ::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
            HG_ASSERT(ignored || ::sigaddset(&m_held, signal) == 0);
        }
        HG_ASSERT(::pthread_sigmask(SIG_BLOCK, &m_held, &m_before) == 0);
        m_arrived = FileDescriptor(::signalfd(-1, &m_held, SFD_CLOEXEC | SFD_NONBLOCK));
    }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;
    ~HeldSignals() { HG_ASSERT(::pthread_sigmask(SIG_SETMASK, &m_before, nullptr) == 0); }

    /// Readable when a signal waits. It is never read: the signal is not for us.
    [[nodiscard]] int descriptor() const { return m_arrived.get(); }

  private:
    ::sigset_t m_held{};
    ::sigset_t m_before{};
    FileDescriptor m_arrived;
};

/// No echo, no line editing and no signals by keys until it goes: a process that a key could end
/// would leave the terminal mute.
class MuteTerminal {
  public:
    explicit MuteTerminal(int descriptor) : m_descriptor(descriptor) {
        m_muted = ::tcgetattr(descriptor, &m_before) == 0;
        if (m_muted) {
            ::termios mute = m_before;
            mute.c_lflag &= ~static_cast<::tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
            mute.c_cc[VMIN] = 1;
            mute.c_cc[VTIME] = 0;
            m_muted = ::tcsetattr(descriptor, TCSAFLUSH, &mute) == 0;
        }
    }
    MuteTerminal(const MuteTerminal&) = delete;
    MuteTerminal& operator=(const MuteTerminal&) = delete;
    ~MuteTerminal() {
        if (m_muted) {
            // When this fails the terminal is gone.
            static_cast<void>(::tcsetattr(m_descriptor, TCSAFLUSH, &m_before));
        }
    }
    [[nodiscard]] bool is_mute() const { return m_muted; }

  private:
    int m_descriptor;
    ::termios m_before{};
    bool m_muted = false;
};

// What shows on the terminal is a courtesy: a failed write changes nothing of the answer.
void show(int descriptor, const std::string& text) {
    static_cast<void>(!::write(descriptor, text.data(), text.size()));
}

// A descriptor below zero is one that poll(2) passes over.
Outcome wait_for_key(int descriptor, const HeldSignals& signals) {
    std::array<::pollfd, 2> awaited{{{descriptor, POLLIN, 0}, {signals.descriptor(), POLLIN, 0}}};
    while (::poll(awaited.data(), awaited.size(), -1) < 0) {
        if (errno != EINTR) {
            return system_error(errno, "wait for the terminal");
        }
    }
    if (awaited[1].revents != 0) {
        return Error(ErrorCode::cancelled, "no passphrase was given: ended by a signal");
    }
    return {};
}

Result<char> read_key(int descriptor, const HeldSignals& signals) {
    char key = '\0';
    for (;;) {
        HG_CHECK(wait_for_key(descriptor, signals));
        const auto count = ::read(descriptor, &key, 1);
        if (count == 1) {
            return key;
        }
        if (count == 0) {
            return end_of_input;
        }
        if (errno != EINTR) {
            return system_error(errno, "read from the terminal");
        }
    }
}

/// A line of secret text in memory that never moves.
class SecretLine {
  public:
    [[nodiscard]] Outcome add(char key) {
        if (m_size == m_room.size()) {
            return Error(
                ErrorCode::too_large,
                "expected a passphrase of at most " + std::to_string(m_room.size()) +
                    " bytes, saw more"
            );
        }
        m_room.writable()[m_size++] = static_cast<std::byte>(key);
        return {};
    }
    void rub_out_one() { m_size -= m_size > 0 ? 1 : 0; }
    void rub_out_all() { m_size = 0; }
    [[nodiscard]] SecretBytes taken() const { return SecretBytes(m_room.expose().first(m_size)); }

  private:
    SecretBytes m_room{pki::passphrase_limit_bytes};
    std::size_t m_size = 0;
};

Result<SecretBytes> read_line(int descriptor, const HeldSignals& signals) {
    SecretLine line;
    for (;;) {
        HG_TRY(const char key, read_key(descriptor, signals));
        switch (key) {
            case '\r':
            case '\n':
            case end_of_input:
                return line.taken();
            case interrupt:
                return Error(ErrorCode::cancelled, "no passphrase was given: interrupted");
            case backspace:
            case rub_out:
                line.rub_out_one();
                break;
            case erase_line:
                line.rub_out_all();
                break;
            default:
                HG_CHECK(line.add(key));
        }
    }
}

}  // namespace

Result<SecretBytes> ask_passphrase(
    const std::string& question, const std::filesystem::path& terminal, const std::string& flag
) {
    const FileDescriptor opened(::open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
    const HeldSignals signals;  // Before the terminal is mute, and until it is as it was.
    const MuteTerminal mute(opened.get());
    if (!mute.is_mute()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a terminal to ask for a passphrase on, saw none; give --" + flag +
                "-file or --" + flag + "-fd"
        );
    }
    show(opened.get(), visible(question) + ": ");
    auto line = read_line(opened.get(), signals);
    show(opened.get(), "\n");
    if (line && line->empty()) {
        return Error(ErrorCode::invalid_argument, "expected a passphrase, saw an empty line");
    }
    return line;
}

}  // namespace heliograph::tools
