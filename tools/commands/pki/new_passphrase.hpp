// SPDX-License-Identifier: Apache-2.0
// The passphrase of a file that is to be made.
#pragma once

#include <tools/cli/passphrase.hpp>

#include <string>

namespace heliograph::tools::pki_commands {

/// From the named file or descriptor; else asked for twice at the terminal, since a slip of the
/// finger would be found when it is too late.
/// @param subject  `the backup`. @errors Those of read_passphrase() and ask_passphrase();
/// invalid_argument (two different ones).
[[nodiscard]] Result<SecretBytes> new_passphrase(
    const PassphraseOptions& options, const std::string& subject
);

}  // namespace heliograph::tools::pki_commands
