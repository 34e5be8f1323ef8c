// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/passphrase_prompt.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

Result<SecretBytes> new_passphrase(const PassphraseOptions& options, const std::string& subject) {
    if (options.given()) {
        return read_passphrase(options);
    }
    HG_TRY(
        SecretBytes first, ask_passphrase("passphrase for " + subject, own_terminal, options.flag)
    );
    HG_TRY(const SecretBytes second, ask_passphrase("the same again", own_terminal, options.flag));
    if (!equal_in_constant_time(first.expose(), second.expose())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the same passphrase twice, saw two different ones"
        );
    }
    return first;
}

std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb) {
    auto options = std::make_shared<NewKeyOptions>();
    options->source = add_key_passphrase_options(verb, "encrypts the new key (PKCS #8, scrypt)");
    verb.add_flag(
        "--encrypt-key",
        options->encrypt,
        "Encrypt the new key with a passphrase that is asked for when no file or descriptor is "
        "named"
    );
    return options;
}

pki::PassphraseSource new_key_passphrase(const NewKeyOptions& options) {
    if (!options.encrypt && !options.source->given()) {
        return {};
    }
    // std::function copies; the remembered secret must not be copied with it.
    auto remembered = std::make_shared<SecretBytes>();
    return [source = options.source, remembered]() -> Result<SecretBytes> {
        if (remembered->empty()) {
            HG_TRY(*remembered, new_passphrase(*source, "the new key"));
        }
        return SecretBytes(remembered->expose());
    };
}

}  // namespace heliograph::tools::pki_commands
