// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/pdm_settings.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/verify/pdm_project.hpp>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace heliograph::tools::verify_commands {

namespace {

namespace stdfs = std::filesystem;
using namespace std::string_view_literals;

// What the command line says of the project: the folder, or a way round.
struct PdmWords {
    std::optional<std::string> folder;
    std::optional<std::string> detour;
};

// Python's argparse takes any beginning of a long option; `--c` and `--g` begin several.
bool begins_long(std::string_view word, std::string_view option) {
    const auto given = word.substr(0, word.find('='));
    return given.size() > "--c"sv.size() && option.starts_with(given);
}

PdmWords read_pdm_words(const std::vector<std::string>& arguments) {
    PdmWords seen;
    std::string verb;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view word = arguments[i];
        if (!word.starts_with('-')) {
            if (verb == "run") {
                break;  // What follows is the program's that is run.
            }
            verb = verb.empty() ? word : verb;
            continue;
        }
        const bool is_config =
            begins_long(word, "--config") || (verb.empty() && word.starts_with("-c"));
        if (is_config || begins_long(word, "--global") || word.starts_with("-g")) {
            seen.detour = std::string(word) + " on the command line";
            return seen;
        }
        const bool is_long = begins_long(word, "--project");
        if (!is_long && !word.starts_with("-p")) {
            continue;
        }
        const auto value = is_long ? word.find('=') : std::size_t{1};
        const bool is_next = is_long ? value == std::string_view::npos : word.size() == 2;
        if (!is_next) {
            seen.folder = std::string(word.substr(value + 1));
        } else if (i + 1 < arguments.size()) {
            seen.folder = arguments[++i];
        }
    }
    return seen;
}

std::optional<std::string> project_setting(const std::vector<std::string>& environment) {
    constexpr auto prefix = "PDM_PROJECT="sv;
    const auto found = std::find_if(environment.begin(), environment.end(), [&](const auto& text) {
        return text.starts_with(prefix) && text.size() > prefix.size();
    });
    return found == environment.end() ? std::nullopt : std::optional(found->substr(prefix.size()));
}

// The folder that pdm would take: the nearest one above with a pyproject.toml, else this one.
stdfs::path nearest_project() {
    std::error_code failure;
    auto here = stdfs::current_path(failure);
    for (auto folder = here; !folder.empty(); folder = folder.parent_path()) {
        if (stdfs::exists(folder / "pyproject.toml", failure)) {
            return folder;
        }
        if (folder == folder.parent_path()) {
            break;
        }
    }
    return here;
}

template <typename Look>
std::optional<std::string> find_sources(const stdfs::path& file, Look look) {
    const auto bytes = read_file(file, mirror::pdm_settings_bytes);
    if (!bytes && bytes.error().code() == ErrorCode::not_found) {
        return std::nullopt;
    }
    const auto sources = bytes ? look(text_of(*bytes)) : Result<mirror::PdmSources>(bytes.error());
    if (!sources) {
        return "settings that cannot be looked into: " + file.string() + " (" +
               sources.error().describe() + ")";
    }
    return *sources == mirror::PdmSources::named
               ? std::optional("sources of its own in " + file.string())
               : std::nullopt;
}

}  // namespace

std::optional<std::string> find_pdm_detour(
    const std::vector<std::string>& arguments, const std::vector<std::string>& environment
) {
    auto words = read_pdm_words(arguments);
    if (words.detour) {
        return words.detour;
    }
    const auto named = words.folder ? words.folder : project_setting(environment);
    const stdfs::path folder = named ? stdfs::path(*named) : nearest_project();
    if (auto found = find_sources(folder / "pyproject.toml", mirror::sources_in_pyproject)) {
        return found;
    }
    return find_sources(folder / "pdm.toml", mirror::sources_in_pdm_toml);
}

}  // namespace heliograph::tools::verify_commands
