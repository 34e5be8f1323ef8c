// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/passphrase_prompt.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

namespace heliograph::tools::pki_commands {

Result<SecretBytes> new_passphrase(const PassphraseOptions& options, const std::string& subject) {
    if (options.given()) {
        return read_passphrase(options);
    }
    HG_TRY(SecretBytes first, ask_passphrase("passphrase for " + subject));
    HG_TRY(const SecretBytes second, ask_passphrase("the same again"));
    if (!equal_in_constant_time(first.expose(), second.expose())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the same passphrase twice, saw two different ones"
        );
    }
    return first;
}

}  // namespace heliograph::tools::pki_commands
