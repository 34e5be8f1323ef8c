// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/child_environment.hpp>
#include <tools/commands/verify/detour.hpp>
#include <tools/commands/verify/installer.hpp>
#include <tools/commands/verify/pdm_project.hpp>
#include <tools/commands/verify/requirement_list.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

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
// pip reads no variable then, and asks its default index; pipx hands words on.
constexpr std::array pip_options{"--isolated"sv, "--pip-args"sv};
// An index of PyTorch's; a folder that names of lists are relative to.
constexpr std::array uv_options{"--torch-backend"sv, "--directory"sv};
constexpr std::array short_index_options{"-i"sv, "-f"sv};
constexpr std::array file_options{
    "--requirement"sv,
    "--requirements"sv,
    "--with-requirements"sv,
    "--constraint"sv,
    "--constraints"sv,
    "--build-constraint"sv,
    "--build-constraints"sv,
    "--override"sv,
    "--overrides"sv,
    "--exclude"sv,
    "--excludes"sv};
constexpr std::array short_file_options{"-r"sv, "-c"sv, "-b"sv};
// Settings that name files of requirements.
constexpr std::array file_settings{
    "PIP_REQUIREMENT"sv,
    "PIP_CONSTRAINT"sv,
    "PIP_BUILD_CONSTRAINT"sv,
    "UV_CONSTRAINT"sv,
    "UV_BUILD_CONSTRAINT"sv,
    "UV_OVERRIDE"sv,
    "UV_EXCLUDE"sv};
constexpr std::array folder_settings{"UV_WORKING_DIR"sv, "UV_WORKING_DIRECTORY"sv};
// uv's commands for projects ask what the project and its lock file name.
constexpr std::array project_verbs{
    "add"sv, "audit"sv, "export"sv, "lock"sv, "remove"sv, "run"sv, "sync"sv, "tree"sv, "version"sv};

template <typename Names>
bool is_one_of(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// Of `--option=value`, or of the whole word.
std::string_view option_of(std::string_view word) {
    return word.substr(0, word.find('='));
}

// pip takes any beginning of a long option that fits one only; uv takes it whole.
template <typename Options>
bool is_long_option(const Options& options, std::string_view word, InstallerKind kind) {
    const auto option = option_of(word);
    return option.size() > 2 && option.starts_with("--") &&
           std::any_of(options.begin(), options.end(), [&](std::string_view whole) {
               return kind == InstallerKind::uv ? whole == option : whole.starts_with(option);
           });
}

template <typename Options>
bool is_short_option(const Options& options, std::string_view word) {
    return std::any_of(options.begin(), options.end(), [&](std::string_view option) {
        return word.starts_with(option);
    });
}

bool names_an_index(std::string_view word, InstallerKind kind) {
    return is_long_option(index_options, word, kind) ||
           (kind == InstallerKind::pip && is_long_option(pip_options, word, kind)) ||
           (kind == InstallerKind::uv && is_long_option(uv_options, word, kind)) ||
           is_short_option(short_index_options, word);
}

// The file that this word, or the next one, names as a list of requirements.
std::optional<std::string> file_named(
    std::string_view word, std::string_view next, InstallerKind kind
) {
    if (is_long_option(file_options, word, kind)) {
        const auto equals = word.find('=');
        return std::string(equals == std::string_view::npos ? next : word.substr(equals + 1));
    }
    if (!is_short_option(short_file_options, word)) {
        return std::nullopt;
    }
    const bool takes_equals = kind == InstallerKind::uv && word.substr(2).starts_with('=');
    const auto value = word.substr(takes_equals ? 3 : 2);
    return std::string(word.size() > 2 ? value : next);
}

bool is_remote(std::string_view file) {
    std::string scheme(file.substr(0, file.find(':')));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return file.find("://") != std::string_view::npos ||
           (scheme.size() < file.size() &&
            (scheme == "http" || scheme == "https" || scheme == "file"));
}

// `-qr` is `-q -r`: short options without a value may stand before one with it.
std::string without_flags(const std::string& word) {
    constexpr std::string_view flags = "qvnUIVh";
    const bool has_short_options = word.starts_with('-') && !word.starts_with("--");
    const auto first = has_short_options ? word.find_first_not_of(flags, 1) : std::string::npos;
    return first == std::string::npos ? word : '-' + word.substr(first);
}

std::vector<std::string> words_between_spaces(std::string_view text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (c == ' ' || c == '\t') {
            words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    std::erase(words, std::string());
    return words;
}

bool is_quoting(char c) {
    return c == '"' || c == '\'' || c == '\\';
}

// A lock file in the format of the standards holds addresses of files.
bool is_lock_with_addresses(const fs::path& file) {
    const std::string name = file.filename();
    return name.starts_with("pylock.") && name.ends_with(".toml");
}

/// Looks at words, and collects the files that they name.
class Search {
  public:
    explicit Search(InstallerKind kind) : m_kind(kind) {}

    /// @param folder  What names of files are relative to.
    [[nodiscard]] std::optional<std::string> look_at(
        const std::vector<std::string>& words, const fs::path& folder
    ) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto word = without_flags(words[i]);
            if (names_an_index(word, m_kind)) {
                return std::string(option_of(word));
            }
            const auto next = i + 1 < words.size() ? std::string_view(words[i + 1]) : ""sv;
            if (const auto file = file_named(word, next, m_kind)) {
                if (auto found = add_file(*file, folder)) {
                    return found;
                }
            }
        }
        return std::nullopt;
    }

    /// @return  What is wrong with a list of this name; none: its lines will be looked at.
    [[nodiscard]] std::optional<std::string> add_file(
        const std::string& name, const fs::path& folder
    ) {
        if (is_remote(name)) {
            return "requirements from an address";
        }
        if (m_kind == InstallerKind::uv && name == "-") {
            return "requirements from standard input";
        }
        auto file = folder / name;
        if (std::find(m_files.begin(), m_files.end(), file) == m_files.end()) {
            m_files.push_back(std::move(file));
        }
        return std::nullopt;
    }

    /// What lines of these files say, and of those that they name.
    [[nodiscard]] std::optional<std::string> look_into_files() {
        for (std::size_t i = 0; i < m_files.size(); ++i) {
            if (i == most_requirement_files) {
                return "more than " + std::to_string(most_requirement_files) +
                       " lists of requirements";
            }
            const fs::path file = m_files[i];
            if (auto found = look_into(file)) {
                return found;
            }
        }
        return std::nullopt;
    }

  private:
    [[nodiscard]] std::optional<std::string> look_into(const fs::path& file) {
        std::error_code unknown;
        if (fs::is_directory(file, unknown)) {
            return std::nullopt;  // No list to the command, either.
        }
        const auto lines = read_requirement_list(file);
        if (!lines && lines.error().code() == ErrorCode::not_found) {
            return std::nullopt;
        }
        if (!lines) {
            return "a list that cannot be looked into: " + file.string() + " (" +
                   lines.error().describe() + ")";
        }
        if (is_lock_with_addresses(file)) {
            return "addresses of files in " + file.string();
        }
        for (const auto& line : *lines) {
            if (const auto found = look_at_line(line.text, file.parent_path())) {
                return *found + " in " + file.string() + ", line " + std::to_string(line.number);
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::string> look_at_line(
        std::string_view line, const fs::path& folder
    ) {
        line = line.substr(0, line.find(" #"));
        // pip reads quotes and backslashes away, as a shell does.
        std::string plain(line);
        const bool quoted = std::erase_if(plain, is_quoting) > 0;
        const auto words = words_between_spaces(plain);
        const bool has_options =
            !words.empty() && (words.front().starts_with('-') || words.front().starts_with("${"));
        if (!has_options) {
            return std::nullopt;  // A requirement or a comment, with none of these options.
        }
        const auto files_before = m_files.size();
        if (auto found = look_at(words, folder)) {
            return found;
        }
        // pip puts variables in before it looks for options.
        if (std::any_of(words.begin(), words.end(), [](std::string_view word) {
                return word.starts_with("${") ||
                       (word.starts_with('-') &&
                        option_of(word).find("${") != std::string_view::npos);
            })) {
            return "an option from a variable";
        }
        if (m_files.size() > files_before &&
            (quoted || m_files.back().string().find("${") != std::string::npos)) {
            return "a name of a list in quotes or from a variable";
        }
        return std::nullopt;
    }

    InstallerKind m_kind;
    std::vector<fs::path> m_files;
};

std::optional<std::string> detour_of_verb(const Installer& installer) {
    if (installer.kind == InstallerKind::poetry || installer.kind == InstallerKind::pipenv) {
        return std::string(installer.kind == InstallerKind::poetry ? "poetry" : "pipenv") +
               ", which asks the sources that its project and its lock file name";
    }
    if (installer.kind == InstallerKind::uv && is_one_of(project_verbs, installer.verb)) {
        return "uv " + installer.verb +
               ", which asks the indexes that its project and its lock file name (uv pip does not)";
    }
    if (installer.kind == InstallerKind::uv && installer.verb == "tool upgrade") {
        return "uv tool upgrade, which asks the indexes that the tool was installed from";
    }
    return std::nullopt;
}

// What `uv pip sync` and `uv pip compile` name without an option; values of options are looked
// into, too, but for the output of an earlier run.
std::optional<std::string> add_positional_files(const Installer& installer, Search& search) {
    if (installer.verb != "pip sync" && installer.verb != "pip compile") {
        return std::nullopt;
    }
    const auto& words = installer.arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "-o" || words[i] == "--output-file") {
            ++i;
        } else if (!words[i].starts_with('-') || words[i] == "-") {
            if (auto found = search.add_file(words[i], {})) {
                return found;
            }
        }
    }
    return std::nullopt;
}

std::optional<std::string> add_files_of_settings(
    const std::vector<std::string>& environment, InstallerKind kind, Search& search
) {
    const auto prefix = kind == InstallerKind::uv ? "UV_"sv : "PIP_"sv;
    for (const auto& setting : environment) {
        const auto name = canonical_name(setting);
        const auto equals = setting.find('=');
        if (!name.starts_with(prefix) || equals == std::string::npos) {
            continue;
        }
        if (is_one_of(folder_settings, name)) {
            return name;
        }
        if (!is_one_of(file_settings, name)) {
            continue;
        }
        for (const auto& file : words_between_spaces(setting.substr(equals + 1))) {
            if (const auto found = search.add_file(file, {})) {
                return *found + " in " + name;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> find_detour(
    const std::vector<std::string>& command, const std::vector<std::string>& environment
) {
    const auto installer = command.empty() ? Installer() : installer_of(command);
    if (auto found = detour_of_verb(installer)) {
        return found;
    }
    if (installer.kind == InstallerKind::pdm) {
        return find_pdm_detour(installer.arguments, environment);
    }
    if (installer.kind != InstallerKind::pip && installer.kind != InstallerKind::uv) {
        return std::nullopt;
    }
    Search search(installer.kind);
    auto found = search.look_at(installer.arguments, {});
    if (!found) {
        found = add_positional_files(installer, search);
    }
    if (found) {
        return *found + " on the command line";
    }
    found = add_files_of_settings(environment, installer.kind, search);
    return found ? found : search.look_into_files();
}

}  // namespace heliograph::tools::verify_commands
