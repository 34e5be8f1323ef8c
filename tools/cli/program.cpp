// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/configuration.hpp>
#include <tools/cli/generated_text.hpp>
#include <tools/cli/program.hpp>
#include <tools/cli/text.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>

namespace heliograph::tools {

namespace {

constexpr const char* version_text = HELIOGRAPH_VERSION;

struct CommonFlags {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    std::string generate;
};

// An answer that was cut short must not pass for a whole one. A pipe whose reader left has had what
// it wanted.
ExitCode finish_output() {
    struct stat status {};
    const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (!failed || (::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode))) {
        return ExitCode::done;
    }
    static_cast<void>(std::fputs(
        "error: expected to write the whole answer to standard output, a part of it was refused; "
        "free some space and run the same command again\n",
        stderr
    ));
    return ExitCode::local;
}

std::string footer_of(const CommandText& text) {
    std::string footer;
    if (!text.examples.empty()) {
        footer += "Examples:\n";
        std::string_view rest = text.examples;
        while (!rest.empty()) {
            const auto end = rest.find('\n');
            footer += "  " + std::string(rest.substr(0, end)) + "\n";
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
        footer += "\n";
    }
    footer += "Every command takes --json, --quiet, --verbose and --config FILE.\nExit codes:\n";
    for (const auto& [code, meaning] : exit_code_meanings()) {
        footer +=
            "  " + std::to_string(static_cast<int>(code)) + "  " + std::string(meaning) + "\n";
    }
    return footer;
}

// Manual pages and completions show every verb, and a configuration file may have a section for
// any.
bool asks_for_one_verb(const std::vector<std::string_view>& words) {
    return std::none_of(words.begin(), words.end(), [](std::string_view word) {
        return word.starts_with("--generate") || word.starts_with("--config");
    });
}

// The innermost verb that was typed.
CLI::App* chosen(CLI::App& root) {
    CLI::App* command = &root;
    for (auto verbs = command->get_subcommands(); !verbs.empty();
         verbs = command->get_subcommands()) {
        command = verbs.front();
    }
    return command;
}

// As it is typed: `mirror status set`.
std::string path_of(const CLI::App& command) {
    const auto* parent = command.get_parent();
    return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

// How many letters must be changed, put in or left out to make one word the other.
std::size_t distance_of(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = i;
    }
    for (std::size_t i = 1; i <= one.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j < row.size(); ++j) {
            const std::size_t changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

// The verbs that were there for a word that is none. A long list is left to the help.
std::string unknown_verb(const CLI::App& group, const std::string& word) {
    constexpr std::size_t most_listed = 8;
    constexpr std::size_t near = 2;
    std::string list;
    std::string nearest;
    std::size_t least = near + 1;
    const auto verbs = group.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* const verb : verbs) {
        const std::string& name = verb->get_name();
        list += (list.empty() ? "" : ", ") + name;
        if (const std::size_t far = distance_of(word, name); far < least) {
            least = far;
            nearest = name;
        }
    }
    const std::string path = path_of(group);
    const std::string wanted =
        verbs.size() > most_listed ? "a command of " + path : path + " and one of " + list;
    return "expected " + wanted + ", saw '" + visible(word) + "'" +
           (nearest.empty() ? "" : "; perhaps " + path + " " + nearest + " is meant");
}

// In the order in which they were typed.
std::string unexpected_words(const CLI::App& root, const CLI::App& command) {
    const auto words = root.remaining(true);
    const bool is_group = !command.get_subcommands([](const CLI::App*) { return true; }).empty();
    if (words.empty()) {
        return "expected fewer arguments, saw more";
    }
    if (is_group && !words.front().starts_with('-')) {
        return unknown_verb(command, words.front());
    }
    // Other tools take the folder as their first word.
    const auto* folder = command.get_option_no_throw("--dir");
    const bool wants_folder =
        folder != nullptr && folder->count() == 0 && !words.front().starts_with('-');
    return "expected what " + path_of(command) + " takes, saw '" + visible(words.front()) + "'" +
           (wants_folder ? "; the folder is named with --dir: " + path_of(command) + " --dir FOLDER"
                         : "");
}

}  // namespace

struct Program::State {
    std::string name;
    CLI::App root;
    CommonFlags flags;
    std::map<const CLI::App*, Action> actions;
    std::map<const CLI::App*, CommandText> groups;  // Verbs without examples of their own.
    std::optional<std::string_view> word_behind_verb = {};

    explicit State(const CommandText& text) : name(text.name), root(text.description, text.name) {}

    [[nodiscard]] ConsoleOptions console_options() const {
        ConsoleOptions options;
        options.format = flags.json ? OutputFormat::json : OutputFormat::text;
        if (flags.verbose) {
            options.verbosity = Verbosity::verbose;
        } else if (flags.quiet) {
            options.verbosity = Verbosity::quiet;
        }
        return options;
    }

    ExitCode act(CLI::App& command) {
        Console console(console_options());
        const auto action = actions.find(&command);
        if (action == actions.end()) {
            console.fail(
                "expected a command, saw none; " + path_of(command) + " --help lists them"
            );
            return ExitCode::usage;
        }
        const auto outcome = action->second(console);
        if (outcome) {
            return *outcome;
        }
        console.fail(outcome.error().describe());
        const ExitCode code = exit_code_of(outcome.error());
        if (!console.presented()) {
            console.present(JsonObject{
                {"exit_code", static_cast<int>(code)}, {"error", json_of(outcome.error())}});
        }
        return code;
    }

    // Help and version are asked for and go to standard output; everything else is a usage error.
    int refuse(const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return root.exit(error);
        }
        Console console(console_options());
        const auto* of_file = dynamic_cast<const CLI::ConfigError*>(&error);
        const std::string where =
            of_file == nullptr ? "" : " (in " + root.get_config_ptr()->as<std::string>() + ")";
        const CLI::App& command = *chosen(root);
        const std::string told = dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr
                                     ? std::string(error.what())
                                     : unexpected_words(root, command);
        console.fail(told + where + "; " + path_of(command) + " --help shows what can be given");
        console.present(JsonObject{
            {"exit_code", static_cast<int>(ExitCode::usage)},
            {"error", json_of(Error(ErrorCode::invalid_argument, told))}});
        return static_cast<int>(ExitCode::usage);
    }
};

Program::Program(const CommandText& text) : m_state(std::make_unique<State>(text)) {
    auto& root = m_state->root;
    auto& flags = m_state->flags;
    root.footer(footer_of(text));
    root.set_version_flag(
        "--version", text.name + " (heliograph) " + version_text, "Print the version and stop"
    );
    root.add_flag("--json", flags.json, "Print one JSON document on standard output");
    root.add_flag("-q,--quiet", flags.quiet, "Print results, warnings and errors only")
        ->envname("HELIOGRAPH_QUIET");
    root.add_flag("-v,--verbose", flags.verbose, "Show on standard error what happens inside");
    root.add_option(
            "--generate", flags.generate, "Print the manual page or a shell completion, and stop"
    )
        ->check(CLI::IsMember({"man", "bash", "zsh", "fish"}))
        ->configurable(false);
    add_configuration_file(root, text.name);
}

Program::~Program() = default;

CLI::App& Program::root() {
    return m_state->root;
}

CLI::App& Program::add_verb(CLI::App& parent, const CommandText& text) {
    auto* verb = parent.add_subcommand(text.name, text.description);
    verb->fallthrough();
    verb->footer(footer_of(text));
    parent.require_subcommand(0, 1);
    if (text.examples.empty()) {
        m_state->groups[verb] = text;
    }
    // Verbs that do nothing by themselves show the first example of each verb below them.
    if (const auto group = m_state->groups.find(&parent); group != m_state->groups.end()) {
        auto& examples = group->second.examples;
        examples +=
            (examples.empty() ? "" : "\n") + text.examples.substr(0, text.examples.find('\n'));
        parent.footer(footer_of(group->second));
    }
    return *verb;
}

void Program::set_action(CLI::App& command, Action action) {
    m_state->actions[&command] = std::move(action);
}

std::optional<std::string_view> Program::word_behind_verb() const {
    return m_state->word_behind_verb;
}

int Program::run(std::initializer_list<Verb> verbs, int argc, const char* const* argv) {
    const std::vector<std::string_view> words(argv, argv + argc);
    const bool alone =
        words.size() > 1 && asks_for_one_verb(words) && !has_configuration_file(m_state->name);
    const auto asked = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) {
        return alone && verb.name == words[1];
    });
    if (asked != verbs.end() && words.size() > 2) {
        m_state->word_behind_verb = words[2];
    }
    for (const Verb& verb : verbs) {
        if (asked == verbs.end() || asked == &verb) {
            verb.add(*this);
        }
    }
    return run(argc, argv);
}

int Program::run(int argc, const char* const* argv) {
    // A reader that closes its end early is told by the failed write; the signal would kill us in
    // mid-step.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    auto& root = m_state->root;
    try {
        root.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return m_state->refuse(error);
    }
    if (!m_state->flags.generate.empty()) {
        const std::string text = generate_text(root, m_state->flags.generate);
        static_cast<void>(std::fwrite(text.data(), 1, text.size(), stdout));
        return static_cast<int>(finish_output());
    }
    const ExitCode code = m_state->act(*chosen(root));
    return static_cast<int>(code == ExitCode::done ? finish_output() : code);
}

}  // namespace heliograph::tools
