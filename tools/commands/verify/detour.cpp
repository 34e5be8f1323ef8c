// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/verify/detour.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

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
    "--requirement"sv,
    "--requirements"sv,
    "--constraint"sv,
    "--constraints"sv,
    "--build-constraint"sv};
constexpr std::array short_file_options{"-r"sv, "-c"sv};
// Settings that name files of requirements.
constexpr std::array file_settings{
    "PIP_REQUIREMENT="sv,
    "PIP_CONSTRAINT="sv,
    "PIP_BUILD_CONSTRAINT="sv,
    "UV_CONSTRAINT="sv,
    "UV_BUILD_CONSTRAINT="sv};

// Of `--option=value`, or of the whole word.
std::string_view option_of(std::string_view word) {
    return word.substr(0, word.find('='));
}

// pip takes any beginning of a long option that fits one only; uv takes it whole.
enum class Spelling { whole, beginning };

template <typename Options>
bool is_long_option(const Options& options, std::string_view word, Spelling spelling) {
    const auto option = option_of(word);
    return option.size() > 2 && option.starts_with("--") &&
           std::any_of(options.begin(), options.end(), [&](std::string_view whole) {
               return spelling == Spelling::whole ? whole == option : whole.starts_with(option);
           });
}

template <typename Options>
bool is_short_option(const Options& options, std::string_view word) {
    return std::any_of(options.begin(), options.end(), [&](std::string_view option) {
        return word.starts_with(option);
    });
}

bool names_an_index(std::string_view word, Spelling spelling) {
    return is_long_option(index_options, word, spelling) ||
           is_short_option(short_index_options, word);
}

// How this command spells its options; none when it installs nothing.
std::optional<Spelling> spelling_of(const std::vector<std::string>& command) {
    const std::string program = fs::path(command.front()).filename();
    if (program == "uv" || program == "uvx") {
        return Spelling::whole;
    }
    const bool is_pip = program.starts_with("pip") ||
                        (program.starts_with("python") &&
                         std::find(command.begin(), command.end(), "pip") != command.end());
    return is_pip ? std::optional(Spelling::beginning) : std::nullopt;
}

// The file that this word, or the next one, names as a list of requirements.
std::optional<std::string> file_named(
    std::string_view word, std::string_view next, Spelling spelling
) {
    if (is_long_option(file_options, word, spelling)) {
        const auto equals = word.find('=');
        return std::string(equals == std::string_view::npos ? next : word.substr(equals + 1));
    }
    if (!is_short_option(short_file_options, word)) {
        return std::nullopt;
    }
    return std::string(word.size() > 2 ? word.substr(2) : next);
}

bool is_remote(std::string_view file) {
    return file.find("://") != std::string_view::npos;
}

// `-qr` is `-q -r`: short options without a value may stand before one with it.
std::string without_flags(std::string word) {
    constexpr std::string_view flags = "qvUIVh";
    if (word.starts_with('-') && !word.starts_with("--")) {
        const auto first = word.find_first_not_of(flags, 1);
        word.erase(1, first == std::string::npos ? 0 : first - 1);
    }
    return word;
}

// The words of a line as a shell would see them: pip reads quotes and backslashes away.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words(1);
    for (const char c : line) {
        if (c == ' ' || c == '\t') {
            words.emplace_back();
        } else if (c != '"' && c != '\'' && c != '\\') {
            words.back() += c;
        }
    }
    std::erase(words, std::string());
    return words;
}

/// Looks at words, and collects the files that they name.
class Search {
  public:
    explicit Search(Spelling spelling) : m_spelling(spelling) {}

    /// @param folder  What names of files are relative to.
    [[nodiscard]] std::optional<std::string> look_at(
        const std::vector<std::string>& words, const fs::path& folder
    ) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto word = without_flags(words[i]);
            if (names_an_index(word, m_spelling)) {
                return std::string(option_of(word));
            }
            const auto next = i + 1 < words.size() ? std::string_view(words[i + 1]) : ""sv;
            if (const auto file = file_named(word, next, m_spelling)) {
                if (is_remote(*file)) {
                    return "requirements from an address";
                }
                m_files.push_back(folder / *file);
            }
        }
        return std::nullopt;
    }

    void add_file(fs::path file) { m_files.push_back(std::move(file)); }

    /// What lines of these files say, and of those that they name.
    [[nodiscard]] std::optional<std::string> look_into_files() {
        for (std::size_t i = 0; i < m_files.size() && i < most_requirement_files; ++i) {
            const fs::path file = m_files[i];
            const auto bytes = read_file(file, file_limit_bytes);
            if (!bytes) {
                continue;
            }
            std::string_view text = text_of(*bytes);
            for (int number = 1; !text.empty(); ++number) {
                const auto line = text.substr(0, text.find_first_of("\r\n"));
                const auto end = text.find('\n');
                text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
                const auto words = words_of(line.substr(0, line.find(" #")));
                if (words.empty() || !words.front().starts_with('-')) {
                    continue;  // A requirement or a comment, with none of these options.
                }
                if (const auto found = look_at(words, file.parent_path())) {
                    return *found + " in " + file.string() + ", line " + std::to_string(number);
                }
            }
        }
        return std::nullopt;
    }

  private:
    Spelling m_spelling;
    std::vector<fs::path> m_files;
};

}  // namespace

std::optional<std::string> find_detour(
    const std::vector<std::string>& command, const std::vector<std::string>& environment
) {
    const auto spelling = command.empty() ? std::nullopt : spelling_of(command);
    if (!spelling) {
        return std::nullopt;
    }
    Search search(*spelling);
    if (const auto found = search.look_at({command.begin() + 1, command.end()}, {})) {
        return *found + " on the command line";
    }
    for (const auto& setting : environment) {
        for (const auto name : file_settings) {
            for (const auto& file : setting.starts_with(name)
                                        ? words_of(setting.substr(name.size()))
                                        : std::vector<std::string>()) {
                search.add_file(file);
            }
        }
    }
    return search.look_into_files();
}

}  // namespace heliograph::tools::verify_commands
