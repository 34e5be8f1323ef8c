// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/exit_code.hpp>
#include <tools/cli/generated_text.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools {

namespace {

// Text for roff: backslashes and hyphens escaped, a leading dot or quote made harmless.
std::string roff(std::string_view text) {
    std::string escaped;
    bool line_start = true;
    for (const char c : text) {
        if (line_start && (c == '.' || c == '\'')) {
            escaped += "\\&";
        }
        if (c == '\\') {
            escaped += "\\e";
        } else if (c == '-') {
            escaped += "\\-";
        } else {
            escaped += c;
        }
        line_start = c == '\n';
    }
    return escaped;
}

std::string option_heading(const CLI::Option& option) {
    std::string heading;
    for (const auto& name : option.get_snames()) {
        heading += (heading.empty() ? "-" : ", -") + name;
    }
    for (const auto& name : option.get_lnames()) {
        heading += (heading.empty() ? "--" : ", --") + name;
    }
    if (heading.empty()) {
        heading = option.get_name();
    } else if (option.get_expected_min() > 0) {
        heading += " VALUE";
    }
    return heading;
}

void add_options(const CLI::App& command, std::string& text) {
    for (const auto* option : command.get_options()) {
        text += ".TP\n.B " + roff(option_heading(*option)) + "\n" + roff(option->get_description());
        if (!option->get_envname().empty()) {
            text += " (environment: " + roff(option->get_envname()) + ")";
        }
        text += "\n";
    }
}

// The examples stand before the first blank line of the footer, which the exit codes follow.
std::string examples_of(const CLI::App& command) {
    const std::string footer = command.get_footer();
    constexpr std::string_view heading = "Examples:\n";
    if (footer.compare(0, heading.size(), heading) != 0) {
        return "";
    }
    return footer.substr(heading.size(), footer.find("\n\n") - heading.size());
}

void add_command(const CLI::App& command, const std::string& path, std::string& text) {
    text += ".SS " + roff(path) + "\n" + roff(command.get_description()) + "\n";
    add_options(command, text);
    if (const auto examples = examples_of(command); !examples.empty()) {
        text += ".PP\n.nf\n" + roff(examples) + "\n.fi\n";
    }
    for (const auto* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
        add_command(*verb, path + " " + verb->get_name(), text);
    }
}

}  // namespace

std::string manual_page(const CLI::App& root) {
    const std::string& name = root.get_name();
    std::string text = ".TH " + roff(name) + " 1 \"\" \"heliograph " + HELIOGRAPH_VERSION + "\"\n";
    text += ".SH NAME\n" + roff(name) + " \\- " + roff(root.get_description()) + "\n";
    text += ".SH SYNOPSIS\n.B " + roff(name) + "\n[options] [command] [arguments]\n";
    text += ".SH OPTIONS\n";
    add_options(root, text);
    if (const auto examples = examples_of(root); !examples.empty()) {
        text += ".SH EXAMPLES\n.nf\n" + roff(examples) + "\n.fi\n";
    }
    const auto verbs = root.get_subcommands([](const CLI::App*) { return true; });
    if (!verbs.empty()) {
        text += ".SH COMMANDS\n";
        for (const auto* verb : verbs) {
            add_command(*verb, name + " " + verb->get_name(), text);
        }
    }
    text += ".SH EXIT STATUS\n";
    for (const auto& [code, meaning] : exit_code_meanings()) {
        text += ".TP\n.B " + std::to_string(static_cast<int>(code)) + "\n" + roff(meaning) + "\n";
    }
    return text;
}

}  // namespace heliograph::tools
