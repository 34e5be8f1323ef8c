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
    std::string stretching = "scrypt";
};

/// Adds --key-passphrase-file, --key-passphrase-fd, --encrypt-key and --key-kdf. The action keeps
/// the value.
[[nodiscard]] std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb);

/// How new keys are written: in the clear when nothing was asked for. It reads or asks once for all
/// keys of a command. @errors invalid_argument; of the source: those of new_passphrase().
[[nodiscard]] Result<pki::KeyLock> new_key_lock(const NewKeyOptions& options);

/// That nobody who chose a way of stretching gets a key in the clear. @errors invalid_argument.
[[nodiscard]] Outcome refuse_needless(pki::KeyStretching stretching, const std::string& flag);

/// Adds an option with the word for parse_key_stretching(). @param flag  `--kdf`.
void add_stretching_option(CLI::App& verb, const std::string& flag, std::string& word);

}  // namespace heliograph::tools::pki_commands
