// SPDX-License-Identifier: Apache-2.0
// --key of the verbs below `pki token`: files with one Fernet key each.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/fernet.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::pki_commands {

/// Adds --key, required and repeatable. The action keeps the value.
[[nodiscard]] std::shared_ptr<std::vector<std::string>> add_token_key_option(CLI::App& verb);

/// Reads the keys in their order.
/// @errors denied (a file that others may read), not_found, io (no key in it). @thread Safe.
[[nodiscard]] Result<pki::FernetKeyring> load_token_keys(const std::vector<std::string>& files);

/// Text from standard input without the line end that a shell or an editor put behind it.
[[nodiscard]] std::string_view without_line_end(std::string_view text);

}  // namespace heliograph::tools::pki_commands
