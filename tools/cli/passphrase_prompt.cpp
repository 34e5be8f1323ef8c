// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <tools/cli/passphrase_prompt.hpp>
#include <tools/cli/text.hpp>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace heliograph::tools {

namespace {

constexpr char interrupt = '\x03';  // Ctrl-C
constexpr char end_of_input = '\x04';
constexpr char erase_line = '\x15';  // Ctrl-U
constexpr char backspace = '\b';
constexpr char rub_out = '\x7f';

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

Result<char> read_key(int descriptor) {
    char key = '\0';
    for (;;) {
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

Result<SecretBytes> read_line(int descriptor) {
    SecretLine line;
    for (;;) {
        HG_TRY(const char key, read_key(descriptor));
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
    const std::string& question, const std::filesystem::path& terminal
) {
    const FileDescriptor opened(::open(terminal.c_str(), O_RDWR | O_CLOEXEC | O_NOCTTY));
    const MuteTerminal mute(opened.get());
    if (!mute.is_mute()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a terminal to ask for a passphrase on, saw none; give --passphrase-file or "
            "--passphrase-fd"
        );
    }
    show(opened.get(), visible(question) + ": ");
    auto line = read_line(opened.get());
    show(opened.get(), "\n");
    if (line && line->empty()) {
        return Error(ErrorCode::invalid_argument, "expected a passphrase, saw an empty line");
    }
    return line;
}

}  // namespace heliograph::tools
