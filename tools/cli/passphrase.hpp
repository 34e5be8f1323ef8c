// SPDX-License-Identifier: Apache-2.0
// Where a command gets a passphrase from: a file, a descriptor, or the person at the terminal.
// Never the command line or the environment, which other processes can read.
#pragma once

#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>
#include <pki/crypto/encrypted_key.hpp>

#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools {

/// What --passphrase-file and --passphrase-fd said; at most one of them.
struct PassphraseOptions {
    std::string file;
    std::optional<int> descriptor;
    std::string word = "passphrase";  ///< What people call it.
    std::string flag = "passphrase";  ///< What the options begin with.

    /// Whether the user named a source. A new key is encrypted exactly then.
    [[nodiscard]] bool given() const { return !file.empty() || descriptor.has_value(); }
};

/// Adds --passphrase-file and --passphrase-fd. The action keeps the value.
/// @param subject  What it opens or locks, for the help: `the keys of the authority`.
[[nodiscard]] std::shared_ptr<PassphraseOptions> add_passphrase_options(
    CLI::App& verb, const std::string& subject
);

/// The same with --key-passphrase-file and --key-passphrase-fd, for the key of an end certificate
/// beside those of the authority.
/// @param file_help  What the file is for: one sentence's part.
[[nodiscard]] std::shared_ptr<PassphraseOptions> add_key_passphrase_options(
    CLI::App& verb, const std::string& file_help
);

/// The same with --pin-file and --pin-fd: the PIN of a device.
[[nodiscard]] std::shared_ptr<PassphraseOptions> add_pin_options(CLI::App& verb);

/// A source for load_private_key() and unlock_private_key(): the named file or descriptor, else the
/// terminal. It reads or asks once and remembers, so that several keys under one passphrase cost
/// one question.
/// @param subject  For the question on a terminal: `the authority in /srv/pki`.
/// @errors Of the source: those of read_passphrase() and ask_passphrase(). @thread One thread.
[[nodiscard]] pki::PassphraseSource passphrase_source(
    const PassphraseOptions& options, const std::string& subject
);

/// The passphrase that the options name, for a key to be made.
/// A file: owner only; a descriptor: read to its end. One line, whose end is dropped.
/// @errors invalid_argument (neither given, a descriptor that is not open, empty, several lines),
///         denied (a file that others may read), too_large, not_found, io. @thread Safe.
[[nodiscard]] Result<SecretBytes> read_passphrase(const PassphraseOptions& options);

}  // namespace heliograph::tools
