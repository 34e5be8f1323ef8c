// SPDX-License-Identifier: Apache-2.0
// What a mirror shall have, as `mirror init` and `mirror filter` are told: which projects
// (project_option.hpp), and which of their files.
#pragma once

#include <mirror/store/folder.hpp>
#include <pki/base/json.hpp>
#include <tools/commands/mirror/project_option.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace heliograph::tools::mirror_commands {

struct WantedChoice {
    ProjectChoice projects;
    std::string lock;  ///< A file; empty: none.
    std::vector<std::string> specifiers;
    std::string file_type;
    std::vector<std::string> platforms;
    std::vector<std::string> pythons;
    std::string most_size;
    std::string least_age;
    std::optional<std::uint32_t> latest;
    bool closure = false;
    bool no_closure = false;

    [[nodiscard]] bool is_made() const {
        return projects.is_made() || !lock.empty() || !specifiers.empty() || !file_type.empty() ||
               !platforms.empty() || !pythons.empty() || !most_size.empty() || !least_age.empty() ||
               latest || closure || no_closure;
    }
};

/// Adds all options. @param choice  Outlives the verb. @return Those that were added.
std::vector<CLI::Option*> add_wanted_options(CLI::App& verb, WantedChoice& choice);

/// What was said, in place of the parts of @p before that it speaks of; the others stay.
/// @errors malformed, too_large, unsupported, invalid_argument, those of reading a file.
[[nodiscard]] Result<mirror::WantedContent> wanted_content(
    const WantedChoice& choice, mirror::WantedContent before
);

/// One line for each part of it that binds. @thread Safe.
[[nodiscard]] std::vector<std::string> describe_files(const mirror::FileFilter& filter);

}  // namespace heliograph::tools::mirror_commands
