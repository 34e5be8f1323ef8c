// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/project_filter.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/mirror/project_option.hpp>

#include <CLI/App.hpp>

#include <utility>

namespace heliograph::tools::mirror_commands {

ProjectOptions add_project_options(CLI::App& verb, ProjectChoice& choice) {
    auto* names = verb.add_option(
                          "--project",
                          choice.names,
                          "Mirror: have these projects only, and no dependency unasked"
    )
                      ->type_name("NAME");
    auto* list = verb.add_option(
                         "--project-list",
                         choice.list,
                         "Mirror: have the projects of this list only, one a line, # begins a note"
    )
                     ->type_name("FILE");
    return {.names = names, .list = list};
}

Result<std::optional<std::vector<std::string>>> wanted_projects(const ProjectChoice& choice) {
    if (!choice.is_made()) {
        return std::optional<std::vector<std::string>>();
    }
    std::string text;
    for (const auto& name : choice.names) {
        text += name + "\n";
    }
    if (!choice.list.empty()) {
        HG_TRY(const auto list, read_file(choice.list, mirror::project_filter_limits::list_bytes));
        text += text_of(list);
    }
    auto names = mirror::parse_project_list(text);
    if (!names) {
        return choice.list.empty() ? std::move(names).error()
                                   : std::move(names).error().at(choice.list);
    }
    std::vector<std::string> texts;
    texts.reserve(names->size());
    for (const auto& name : *names) {
        texts.push_back(name.text());
    }
    return std::optional(std::move(texts));
}

}  // namespace heliograph::tools::mirror_commands
