// SPDX-License-Identifier: Apache-2.0
#include <pki/base/blank.hpp>
#include <pki/base/file.hpp>
#include <tools/commands/verify/detour.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::uint64_t file_limit_bytes = 1024U * 1024U;
constexpr std::size_t most_requirement_files = 64;

constexpr std::array index_options{
    "--index-url"sv,
    "--extra-index-url"sv,
    "--find-links"sv,
    "--pypi-url"sv,
    "--index"sv,
    "--default-index"sv,
    "--proxy"sv,
    "--config-file"sv};
constexpr std::array short_index_options{"-i"sv, "-f"sv};
constexpr std::array file_options{
    "-r"sv, "--requirement"sv, "--requirements"sv, "-c"sv, "--constraint"sv, "--constraints"sv};

template <typename Options>
bool is_one_of(const Options& options, std::string_view word) {
    return std::find(options.begin(), options.end(), word) != options.end();
}

// Of `--option=value`, or of the whole word.
std::string_view option_of(std::string_view word) {
    return word.substr(0, word.find('='));
}

bool names_an_index(std::string_view word) {
    return is_one_of(index_options, option_of(word)) ||
           std::any_of(
               short_index_options.begin(),
               short_index_options.end(),
               [&](std::string_view option) { return word.starts_with(option); }
           );
}

bool is_installer(const std::vector<std::string>& command) {
    const std::string program = fs::path(command.front()).filename();
    if (program.starts_with("pip") || program == "uv" || program == "uvx") {
        return true;
    }
    return program.starts_with("python") &&
           std::find(command.begin(), command.end(), "pip") != command.end();
}

// The file that this word, or the next one, names as a list of requirements.
std::optional<std::string> file_named(std::string_view word, std::string_view next) {
    if (is_one_of(file_options, word)) {
        return std::string(next);
    }
    if (is_one_of(file_options, option_of(word))) {
        return std::string(word.substr(word.find('=') + 1));
    }
    const bool glued = (word.starts_with("-r") || word.starts_with("-c")) && word.size() > 2;
    return glued ? std::optional(std::string(trim_blanks(word.substr(2)))) : std::nullopt;
}

// What lines of requirements files say; the files that they name come after them.
std::optional<std::string> find_in_files(std::vector<fs::path> files) {
    for (std::size_t i = 0; i < files.size() && i < most_requirement_files; ++i) {
        const auto bytes = read_file(files[i], file_limit_bytes);
        if (!bytes) {
            continue;
        }
        std::string_view text = text_of(*bytes);
        for (int number = 1; !text.empty(); ++number) {
            const auto end = text.find('\n');
            const auto line = trim_blanks(text.substr(0, text.find_first_of("\r\n")));
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
            const auto blank = line.find_first_of(" \t=");
            const auto word = line.substr(0, blank);
            if (names_an_index(word)) {
                return std::string(word) + " in " + files[i].string() + ", line " +
                       std::to_string(number);
            }
            const auto rest = blank == std::string_view::npos ? std::string_view()
                                                              : trim_blanks(line.substr(blank + 1));
            if (const auto named = file_named(word, rest)) {
                files.push_back(files[i].parent_path() / *named);
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_detour(const std::vector<std::string>& command) {
    if (command.empty() || !is_installer(command)) {
        return std::nullopt;
    }
    std::vector<fs::path> files;
    for (std::size_t i = 1; i < command.size(); ++i) {
        if (names_an_index(command[i])) {
            return std::string(option_of(command[i])) + " on the command line";
        }
        const auto next = i + 1 < command.size() ? std::string_view(command[i + 1]) : ""sv;
        if (auto named = file_named(command[i], next)) {
            files.emplace_back(*std::move(named));
        }
    }
    return find_in_files(std::move(files));
}

}  // namespace heliograph::tools::verify_commands
