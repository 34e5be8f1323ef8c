// SPDX-License-Identifier: Apache-2.0
// --dir of every verb of `pki`, and the authority it leads to.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools::pki_commands {

/// Adds --dir (environment: HELIOGRAPH_PKI). The action keeps the value.
[[nodiscard]] std::shared_ptr<std::string> add_folder_option(CLI::App& verb);

/// Where the verb works; the folder need not exist.
[[nodiscard]] Result<std::filesystem::path> find_authority_folder(const std::string& flag_value);

/// @param clock  Outlives the authority. @errors not_found and all others of Authority::open.
[[nodiscard]] Result<pki::Authority> open_authority(
    const std::string& flag_value, const Clock& clock
);

}  // namespace heliograph::tools::pki_commands
