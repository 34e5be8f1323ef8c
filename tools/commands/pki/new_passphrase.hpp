// SPDX-License-Identifier: Apache-2.0
// The passphrase of a file that is to be made.
#pragma once

#include <tools/cli/passphrase.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <memory>
#include <span>
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
    const CLI::App* verb = nullptr;  ///< Whose options they are.

    /// Whether a passphrase or its want was typed, and not a default of the configuration file.
    [[nodiscard]] bool typed() const;
};

/// Adds --key-passphrase-file, --key-passphrase-fd, --encrypt-key and --key-kdf. The action keeps
/// the value.
[[nodiscard]] std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb);

/// How new keys are written: in the clear when nothing was asked for. It reads or asks once for all
/// keys of a command. @errors invalid_argument; of the source: those of new_passphrase().
[[nodiscard]] Result<pki::KeyLock> new_key_lock(const NewKeyOptions& options);

/// Asks for the passphrase now, before anybody waits for an authority; it is remembered. Nothing is
/// asked where none is wanted. @errors Those of new_passphrase().
[[nodiscard]] Outcome ask_now(const pki::KeyLock& lock);

/// The same for certificates that are to be issued, and not in vain: names and places are looked at
/// first. @param requests  With one lock. @param archive  Where all go; empty: folders.
/// @errors Those of AuthorityReader::check_places(), too.
[[nodiscard]] Outcome ask_before_issue(
    const AuthorityOption& authority,
    std::span<const pki::IssueRequest> requests,
    const std::string& archive = {}
);

/// That nobody who typed a way of stretching gets a key in the clear. @errors invalid_argument.
[[nodiscard]] Outcome refuse_needless(
    const CLI::App& verb, const std::string& flag, pki::KeyStretching stretching
);

/// Adds an option with the word for parse_key_stretching(). @param flag  `--kdf`.
void add_stretching_option(CLI::App& verb, const std::string& flag, std::string& word);

}  // namespace heliograph::tools::pki_commands
