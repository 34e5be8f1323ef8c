// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/passphrase.hpp>
#include <tools/cli/passphrase_prompt.hpp>

#include <CLI/App.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace heliograph::tools {

namespace {

constexpr std::size_t line_limit_bytes = pki::passphrase_limit_bytes + 2;  // and a line end

Result<SecretBytes> only_line(ByteSpan text, const std::string& word) {
    if (!text.empty() && text.back() == std::byte{'\n'}) {
        text = text.first(text.size() - 1);
        if (!text.empty() && text.back() == std::byte{'\r'}) {
            text = text.first(text.size() - 1);
        }
    }
    const bool several = std::find(text.begin(), text.end(), std::byte{'\n'}) != text.end();
    if (text.empty() || several || text.size() > pki::passphrase_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a " + word + " of one line of 1 to " +
                std::to_string(pki::passphrase_limit_bytes) + " bytes, saw " +
                (text.empty() ? "an empty one"
                 : several    ? "several lines"
                              : "a longer one")
        );
    }
    return SecretBytes(text);
}

// To the end of the stream, however the pieces come; one byte more than allowed shows an overlong
// one.
Result<SecretBytes> read_descriptor(int descriptor, const std::string& word) {
    SecretBytes room(line_limit_bytes + 1);
    std::size_t filled = 0;
    while (filled < room.size()) {
        const auto left = room.writable().subspan(filled);
        const auto count = ::read(descriptor, left.data(), left.size());
        if (count == 0) {
            break;
        }
        if (count < 0 && errno == EBADF) {
            return Error(
                ErrorCode::invalid_argument,
                "expected an open descriptor for the " + word + ", saw " +
                    std::to_string(descriptor) + ", which is not"
            );
        }
        if (count < 0 && errno != EINTR) {
            return system_error(errno, "read descriptor " + std::to_string(descriptor));
        }
        filled += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    return only_line(room.expose().first(filled), word);
}

struct SourceText {
    std::string word;
    std::string flag;
    std::string file_help;
    std::string descriptor_help;
};

std::shared_ptr<PassphraseOptions> add_source(CLI::App& verb, const SourceText& text) {
    auto options = std::make_shared<PassphraseOptions>();
    options->word = text.word;
    options->flag = text.flag;
    auto* const file = verb.add_option("--" + text.flag + "-file", options->file, text.file_help)
                           ->type_name("FILE");
    verb.add_option("--" + text.flag + "-fd", options->descriptor, text.descriptor_help)
        ->type_name("N")
        ->excludes(file);
    return options;
}

}  // namespace

std::shared_ptr<PassphraseOptions> add_pin_options(CLI::App& verb) {
    return add_source(
        verb,
        {"PIN",
         "pin",
         "File with the PIN of the device that holds a key, in one line; only its owner may be "
         "able to read it",
         "Open file descriptor to read the PIN of the device from"}
    );
}

std::shared_ptr<PassphraseOptions> add_key_passphrase_options(
    CLI::App& verb, const std::string& file_help
) {
    return add_source(
        verb,
        {"passphrase",
         "key-passphrase",
         "File with the passphrase in one line that " + file_help +
             "; only its owner may be able to read it",
         "Open file descriptor to read that passphrase from"}
    );
}

std::shared_ptr<PassphraseOptions> add_passphrase_options(
    CLI::App& verb, const std::string& subject
) {
    return add_source(
        verb,
        {"passphrase",
         "passphrase",
         "File with the passphrase of " + subject +
             " in one line; only its owner may be able to read it",
         "Open file descriptor to read the passphrase of " + subject + " from"}
    );
}

Result<SecretBytes> read_passphrase(const PassphraseOptions& options) {
    if (options.descriptor) {
        return read_descriptor(*options.descriptor, options.word);
    }
    if (options.file.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a passphrase by --" + options.flag + "-file or --" + options.flag +
                "-fd, saw neither"
        );
    }
    HG_TRY(const SecretBytes text, read_secret_file(options.file, line_limit_bytes));
    auto line = only_line(text.expose(), options.word);
    if (!line) {
        return std::move(line).error().at(options.file);
    }
    return line;
}

pki::PassphraseSource passphrase_source(
    const PassphraseOptions& options, const std::string& subject
) {
    // std::function copies; the remembered secret must not be copied with it.
    auto remembered = std::make_shared<SecretBytes>();
    return [options, subject, remembered]() -> Result<SecretBytes> {
        if (remembered->empty()) {
            auto passphrase =
                options.given()
                    ? read_passphrase(options)
                    : ask_passphrase(options.word + " for " + subject, own_terminal, options.flag);
            if (!passphrase) {
                return std::move(passphrase).error();
            }
            *remembered = *std::move(passphrase);
        }
        return SecretBytes(remembered->expose());
    };
}

}  // namespace heliograph::tools
