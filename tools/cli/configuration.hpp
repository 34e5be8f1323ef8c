// SPDX-License-Identifier: Apache-2.0
// The TOML configuration file, which comes after flags and environment.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace heliograph::tools {

/// Adds --config FILE. Without it, `<config home>/<program>.toml` is read when it exists. Verbs
/// have sections:
/// `[sync]` with `dir = "/srv/index"`. An unknown name in the file is a usage error. A default that
/// needs() an option which is not there, or excludes() one that was typed or is in the environment,
/// is passed over. Where it guards something (who may connect), the verb holds the two against each
/// other itself, so that no typed word lifts the guard unseen.
void add_configuration_file(CLI::App& root, const std::string& program);

/// Whether somebody typed it for this run (or set it in the environment): a default of the file
/// that has no use is passed over, and what was typed is refused. Asked once the line is parsed.
/// @param flag  Of the verb: `--days`.
[[nodiscard]] bool stands_on_command_line(const CLI::App& verb, const std::string& flag);

/// Whether `<config home>/<program>.toml` is there.
[[nodiscard]] bool has_configuration_file(const std::string& program);

}  // namespace heliograph::tools
