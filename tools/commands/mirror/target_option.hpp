// SPDX-License-Identifier: Apache-2.0
// What a verb is about: a file by its name, or a release by project and version.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <pki/base/result.hpp>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::mirror_commands {

/// Adds the positional `FILE | PROJECT VERSION`.
void add_target_option(CLI::App& verb, std::vector<std::string>& words);

/// @param words  One: the name of a file; two: project and version.
/// @errors malformed (a name or version that cannot be one).
[[nodiscard]] Result<mirror::YankTarget> parse_target(const std::vector<std::string>& words);

/// `demo-1.0-py3-none-any.whl`, `demo 1.0`.
[[nodiscard]] std::string describe_target(const mirror::YankTarget& target);

}  // namespace heliograph::tools::mirror_commands
