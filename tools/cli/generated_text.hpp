// SPDX-License-Identifier: Apache-2.0
// Manual page and shell completions, from the same tree that parses the command line.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace heliograph::tools {

/// @param kind  `man`, `bash`, `zsh` or `fish`; anything else is our bug.
/// @thread Safe. @cost Linear in the number of options.
[[nodiscard]] std::string generate_text(const CLI::App& root, std::string_view kind);

/// A page of section 1 in man(7) macros.
[[nodiscard]] std::string manual_page(const CLI::App& root);
/// A bash completion function; zsh loads the same through bashcompinit.
[[nodiscard]] std::string bash_completion(const CLI::App& root);
/// A list of fish `complete` commands.
[[nodiscard]] std::string fish_completion(const CLI::App& root);

}  // namespace heliograph::tools
