// SPDX-License-Identifier: Apache-2.0
// The passphrase of a file that is to be made.
#pragma once

#include <tools/cli/passphrase.hpp>

#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::pki_commands {

/// From the named file or descriptor; else asked for twice at the terminal, since a slip of the
/// finger would be found when it is too late.
/// @param subject  `the backup`. @errors Those of read_passphrase() and ask_passphrase();
/// invalid_argument (two different ones).
[[nodiscard]] Result<SecretBytes> new_passphrase(
    const PassphraseOptions& options, const std::string& subject
);

/// What encrypts the keys of new certificates, if anything does.
struct NewKeyOptions {
    std::shared_ptr<PassphraseOptions> source;
    bool encrypt = false;  ///< Of --encrypt-key: ask, if no source is named.
};

/// Adds --key-passphrase-file, --key-passphrase-fd and --encrypt-key. The action keeps the value.
[[nodiscard]] std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb);

/// Empty when nothing was asked for: keys are then written in the clear. It reads or asks once for
/// all keys of a command. @errors Of the source: those of new_passphrase().
[[nodiscard]] pki::PassphraseSource new_key_passphrase(const NewKeyOptions& options);

}  // namespace heliograph::tools::pki_commands
