// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/verify/installer.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

namespace heliograph::tools::verify_commands {

namespace {

using namespace std::string_view_literals;

// What uv takes before its command with a word of its own behind it.
constexpr std::array uv_options_with_value{
    "--cache-dir"sv,
    "--color"sv,
    "--allow-insecure-host"sv,
    "--trusted-host"sv,
    "--directory"sv,
    "--project"sv,
    "--config-file"sv,
    "--python-preference"sv,
    "--python-fetch"sv,
    "--preview-features"sv};

InstallerKind kind_called(std::string_view name) {
    if (name.starts_with("pipenv")) {
        return InstallerKind::pipenv;
    }
    if (name.starts_with("pip")) {
        return InstallerKind::pip;
    }
    if (name == "uv" || name == "uvx") {
        return InstallerKind::uv;
    }
    if (name == "pdm") {
        return InstallerKind::pdm;
    }
    return name == "poetry" ? InstallerKind::poetry : InstallerKind::none;
}

std::string file_name_of(const std::string& word) {
    return std::filesystem::path(word).filename();
}

// `python -m pip`, `python -Impip`, `python /a/wheel.whl/pip`.
Installer behind_python(const std::vector<std::string>& command) {
    for (std::size_t i = 1; i < command.size(); ++i) {
        const auto& word = command[i];
        std::string name = file_name_of(word);
        std::size_t behind = i + 1;
        if (word.starts_with('-') && !word.starts_with("--")) {
            const auto module = word.find('m');
            if (module == std::string::npos) {
                continue;
            }
            name = word.substr(module + 1);
            if (name.empty() && behind < command.size()) {
                name = command[behind++];
            }
        }
        if (const auto kind = kind_called(name.substr(0, name.find('.')));
            kind != InstallerKind::none) {
            return {
                kind, {}, {command.begin() + static_cast<std::ptrdiff_t>(behind), command.end()}};
        }
    }
    return {};
}

std::string uv_verb(const std::vector<std::string>& arguments) {
    std::string verb;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& word = arguments[i];
        if (word.starts_with('-')) {
            const bool has_value =
                std::find(uv_options_with_value.begin(), uv_options_with_value.end(), word) !=
                uv_options_with_value.end();
            i += has_value ? 1 : 0;
        } else if (verb.empty() && word == "pip") {
            verb = word;
        } else {
            return verb.empty() ? word : verb + " " + word;
        }
    }
    return verb;
}

}  // namespace

Installer installer_of(const std::vector<std::string>& command) {
    const std::string program = file_name_of(command.front());
    Installer installer =
        program.starts_with("python")
            ? behind_python(command)
            : Installer{kind_called(program), {}, {command.begin() + 1, command.end()}};
    if (installer.kind == InstallerKind::uv && program != "uvx") {
        installer.verb = uv_verb(installer.arguments);
    }
    return installer;
}

}  // namespace heliograph::tools::verify_commands
