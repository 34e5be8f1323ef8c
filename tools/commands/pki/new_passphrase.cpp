// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/configuration.hpp>
#include <tools/cli/passphrase_prompt.hpp>
#include <tools/commands/pki/new_passphrase.hpp>

#include <CLI/App.hpp>

#include <system_error>

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

Outcome refuse_needless(
    const CLI::App& verb, const std::string& flag, pki::KeyStretching stretching
) {
    if (stretching == pki::KeyStretching::scrypt || !stands_on_command_line(verb, flag)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected " + flag + " with a passphrase, saw none: the key would not be encrypted"
    );
}

bool NewKeyOptions::typed() const {
    for (const char* const flag :
         {"--key-passphrase-file", "--key-passphrase-fd", "--encrypt-key"}) {
        if (stands_on_command_line(*verb, flag)) {
            return true;
        }
    }
    return false;
}

std::shared_ptr<NewKeyOptions> add_new_key_options(CLI::App& verb) {
    auto options = std::make_shared<NewKeyOptions>();
    options->verb = &verb;
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
        HG_CHECK(refuse_needless(*options.verb, "--key-kdf", stretching));
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

Outcome ask_now(const pki::KeyLock& lock) {
    if (!lock.is_wanted()) {
        return {};
    }
    HG_TRY(const SecretBytes remembered, lock.passphrase());
    static_cast<void>(remembered);
    return {};
}

Outcome ask_before_issue(
    const AuthorityOption& authority,
    std::span<const pki::IssueRequest> requests,
    const std::string& archive
) {
    if (requests.empty() || !requests.front().key_lock.is_wanted()) {
        return {};
    }
    const SystemClock clock;
    HG_TRY(const auto reader, open_authority_reader(authority, clock));
    HG_CHECK(reader.check_names(requests));
    if (archive.empty()) {
        HG_CHECK(reader.check_places(requests));
    } else if (std::error_code ignored; std::filesystem::exists(archive, ignored)) {
        return {};  // Whoever is to make it says so.
    }
    return ask_now(requests.front().key_lock);
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
