// SPDX-License-Identifier: Apache-2.0
// Which projects a mirror shall have, as `mirror init` and `mirror filter` are told.
#pragma once

#include <pki/base/result.hpp>

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace heliograph::tools::mirror_commands {

struct ProjectChoice {
    std::vector<std::string> names;
    std::string list;  ///< A file; empty: none.

    [[nodiscard]] bool is_made() const { return !names.empty() || !list.empty(); }
};

struct ProjectOptions {
    CLI::Option* names;
    CLI::Option* list;
};

/// Adds --project and --project-list. @param choice  Outlives the verb.
ProjectOptions add_project_options(CLI::App& verb, ProjectChoice& choice);

/// @return  Normalised, ascending; none when nothing was chosen: all projects.
/// @errors malformed, too_large, those of reading a file.
[[nodiscard]] Result<std::optional<std::vector<std::string>>> wanted_projects(
    const ProjectChoice& choice
);

}  // namespace heliograph::tools::mirror_commands
