// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/folder.hpp>
#include <tools/commands/pki/folder_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

// One that lost its ledger or its root is meant as well: whoever opens it says what is gone.
bool is_authority_or_what_is_left(const std::filesystem::path& folder) {
    std::error_code ignored;
    const bool has_a_part = std::filesystem::exists(folder / "root.crt", ignored) ||
                            std::filesystem::exists(folder / "ledger.db", ignored);
    return pki::Authority::is_authority(folder) ||
           (has_a_part && std::filesystem::is_directory(folder / "private", ignored) &&
            std::filesystem::is_directory(folder / "issued", ignored));
}

}  // namespace

std::shared_ptr<AuthorityOption> add_folder_option(CLI::App& verb) {
    auto value = std::make_shared<AuthorityOption>();
    verb.add_option(
            "--dir",
            value->folder,
            "The folder of the authority; else the current folder when it is one, else pki/ in "
            "the XDG data home"
    )
        ->envname("HELIOGRAPH_PKI");
    return value;
}

Result<std::filesystem::path> find_authority_folder(const std::string& flag_value) {
    return find_folder({flag_value, is_authority_or_what_is_left, "pki"});
}

std::shared_ptr<AuthorityOption> add_authority_options(CLI::App& verb) {
    auto value = add_folder_option(verb);
    value->passphrase = add_passphrase_options(verb, "the keys of the authority");
    verb.add_option(
            "--pkcs11-module",
            value->module,
            "The library of the device that holds a key of the authority, an absolute path [the "
            "one "
            "it was made with]"
    )
        ->type_name("FILE");
    value->pin = add_pin_options(verb);
    return value;
}

pki::PassphraseSource new_key_source(const AuthorityOption& option) {
    if (option.passphrase == nullptr || !option.passphrase->given()) {
        return {};
    }
    return passphrase_source(*option.passphrase, "the new authority");
}

pki::DeviceAccess device_access(const AuthorityOption& option) {
    pki::DeviceAccess access{.module = option.module};
    if (option.pin != nullptr) {
        access.pin = passphrase_source(*option.pin, "the device with the authority's keys");
    }
    return access;
}

Result<pki::Authority> open_authority(const AuthorityOption& option, const Clock& clock) {
    HG_TRY(const auto folder, find_authority_folder(option.folder));
    pki::PassphraseSource source;
    if (option.passphrase != nullptr) {
        source = passphrase_source(*option.passphrase, "the authority in " + folder.string());
        // A file that is named is read before any key, so that what is wrong with it is not told of
        // the key; what was read is remembered.
        if (option.passphrase->given()) {
            HG_TRY(const SecretBytes read, source());
            static_cast<void>(read);
        }
    }
    return pki::Authority::open(folder, clock, std::move(source), device_access(option));
}

Result<pki::AuthorityReader> open_authority_reader(
    const AuthorityOption& option, const Clock& clock
) {
    HG_TRY(const auto folder, find_authority_folder(option.folder));
    return pki::AuthorityReader::open(folder, clock);
}

}  // namespace heliograph::tools::pki_commands
