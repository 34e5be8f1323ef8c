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

Outcome refuse_needless(pki::KeyStretching stretching, const std::string& flag) {
    if (stretching == pki::KeyStretching::scrypt) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected " + flag + " with a passphrase, saw none: the key would not be encrypted"
    );
}

std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb) {
    auto options = std::make_shared<NewKeyOptions>();
    options->source =
        add_key_passphrase_options(verb, "encrypts the new key (PKCS #8; takes some 0.2 s a key)");
    verb.add_flag(
        "--encrypt-key",
        options->encrypt,
        "Encrypt the new key with a passphrase that is asked for when no file or descriptor is "
        "named"
    );
    add_stretching_option(verb, "--key-kdf", options->stretching);
    return options;
}

Result<pki::KeyLock> new_key_lock(const NewKeyOptions& options) {
    HG_TRY(const auto stretching, pki::parse_key_stretching(options.stretching));
    if (!options.encrypt && !options.source->given()) {
        HG_CHECK(refuse_needless(stretching, "--key-kdf"));
        return pki::KeyLock();
    }
    // std::function copies; the remembered secret must not be copied with it.
    auto remembered = std::make_shared<SecretBytes>();
    const auto source = [named = options.source, remembered]() -> Result<SecretBytes> {
        if (remembered->empty()) {
            HG_TRY(*remembered, new_passphrase(*named, "the new key"));
        }
        return SecretBytes(remembered->expose());
    };
    return pki::KeyLock{source, stretching};
}

void add_stretching_option(CLI::App& verb, const std::string& flag, std::string& word) {
    verb.add_option(
            flag,
            word,
            "What makes guesses at the passphrase dear: scrypt, or pbkdf2 for programs without it"
    )
        ->check(CLI::IsMember({"scrypt", "pbkdf2"}))
        ->capture_default_str();
}

}  // namespace heliograph::tools::pki_commands
