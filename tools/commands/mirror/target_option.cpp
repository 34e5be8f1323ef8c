// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/blame.hpp>
#include <tools/commands/mirror/target_option.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::mirror_commands {

void add_target_option(CLI::App& verb, std::vector<std::string>& words) {
    verb.add_option("target", words, "Name of a file; or project and version")
        ->type_name("FILE | PROJECT VERSION")
        ->expected(1, 2)
        ->required();
}

Result<mirror::YankTarget> parse_target(const std::vector<std::string>& words) {
    HG_ASSERT(words.size() == 1 || words.size() == 2);
    if (words.size() == 1) {
        auto file = usage_fault(verify::parse_dist_file_name(words.front()));
        if (!file) {
            return Error(
                file.error().code(),
                file.error().message() + "; of a release, give project and version"
            );
        }
        return mirror::YankTarget(*std::move(file));
    }
    HG_TRY(auto project, usage_fault(verify::parse_project_name(words[0])));
    HG_TRY(auto version, usage_fault(verify::parse_version(words[1])));
    return mirror::YankTarget(mirror::ReleaseName{std::move(project), std::move(version)});
}

std::string describe_target(const mirror::YankTarget& target) {
    if (const auto* release = std::get_if<mirror::ReleaseName>(&target)) {
        return release->project.text() + " " + release->version.text();
    }
    return std::get<verify::DistFileName>(target).text();
}

}  // namespace heliograph::tools::mirror_commands
