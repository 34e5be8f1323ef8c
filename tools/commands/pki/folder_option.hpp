// SPDX-License-Identifier: Apache-2.0
// --dir of every verb of `pki`, and the authority it leads to.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/authority_reader.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <tools/cli/passphrase.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::pki_commands {

/// Which authority, and what opens its keys.
struct AuthorityOption {
    std::string folder;                             ///< Of --dir; empty: looked for.
    std::shared_ptr<PassphraseOptions> passphrase;  ///< Null for verbs that sign nothing.
    std::string module;                             ///< Of --pkcs11-module.
    std::shared_ptr<PassphraseOptions> pin;         ///< Null for verbs that sign nothing.
};

/// Adds --dir (environment: HELIOGRAPH_PKI). The action keeps the value.
[[nodiscard]] std::shared_ptr<AuthorityOption> add_folder_option(CLI::App& verb);

/// Adds --dir, --passphrase-file and --passphrase-fd, and for keys in devices --pkcs11-module,
/// --pin-file and --pin-fd, for verbs that sign.
[[nodiscard]] std::shared_ptr<AuthorityOption> add_authority_options(CLI::App& verb);

/// What encrypts the keys of a new authority: empty when no passphrase was named.
[[nodiscard]] pki::PassphraseSource new_key_source(const AuthorityOption& option);

/// What opens keys in a device.
[[nodiscard]] pki::DeviceAccess device_access(const AuthorityOption& option);

/// Where the verb works; the folder need not exist.
[[nodiscard]] Result<std::filesystem::path> find_authority_folder(const std::string& flag_value);

/// @param clock  Outlives the authority. @errors not_found and all others of Authority::open.
[[nodiscard]] Result<pki::Authority> open_authority(
    const AuthorityOption& option, const Clock& clock
);

/// For verbs that only ask: no lock, no key. @param clock  Outlives the reader. @errors Those of
/// AuthorityReader::open.
[[nodiscard]] Result<pki::AuthorityReader> open_authority_reader(
    const AuthorityOption& option, const Clock& clock
);

}  // namespace heliograph::tools::pki_commands
