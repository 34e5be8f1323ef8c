// SPDX-License-Identifier: Apache-2.0
// --key-type of every verb of `pki` that makes keys, and --days.
#pragma once

#include <pki/crypto/key.hpp>

#include <memory>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::pki_commands {

/// What a key is for: each use has its kinds of key.
enum class KeyUse { signing, agreement };

/// Adds --key-type; the action keeps the value.
[[nodiscard]] std::shared_ptr<pki::KeyType> add_key_type_option(
    CLI::App& verb, KeyUse use = KeyUse::signing
);

/// What must be known before such a key is used for TLS; empty for the kinds that all clients take.
[[nodiscard]] std::string key_type_warning(pki::KeyType type);

/// What must be known before a certificate lives that long; empty for sensible lives.
[[nodiscard]] std::string life_warning(const std::optional<unsigned>& days);

}  // namespace heliograph::tools::pki_commands
