// SPDX-License-Identifier: Apache-2.0
// Asks a person for a passphrase, without showing what is typed.
#pragma once

#include <pki/base/result.hpp>
#include <pki/base/secret_bytes.hpp>

#include <filesystem>
#include <string>

namespace heliograph::tools {

/// Where the question is put: the process's own terminal, whatever its standard streams are.
inline constexpr const char* own_terminal = "/dev/tty";

/// Puts one question and reads one line with the echo off; the terminal is as before on return, and
/// before a signal (INT, TERM, HUP, QUIT) ends the process. Backspace and Ctrl-U correct, Ctrl-C
/// gives up.
/// @param question  `passphrase for root.key`; a colon is put behind it.
/// @param flag      What the options begin with that do without a terminal, for the refusal:
///                  `passphrase` for --passphrase-file and --passphrase-fd.
/// @return          The line without its end, 1 to pki::passphrase_limit_bytes.
/// @errors invalid_argument (no terminal, or nothing typed), cancelled, too_large, io.
/// @thread One thread at a time for each terminal; in a program of several, others must block these
/// signals. @cost Waits for the person.
[[nodiscard]] Result<SecretBytes> ask_passphrase(
    const std::string& question,
    const std::filesystem::path& terminal = own_terminal,
    const std::string& flag = "passphrase"
);

}  // namespace heliograph::tools
