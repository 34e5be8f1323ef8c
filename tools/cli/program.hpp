// SPDX-License-Identifier: Apache-2.0
// One program: its verbs, the flags that all of them share, configuration, help, manual page and
// completions. The CLI11 tree is the only source for all of them.
#pragma once

#include <pki/base/result.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace heliograph::tools {

/// What a command does once its options are parsed. An Error is printed and becomes an exit code.
using Action = std::function<Result<ExitCode>(Console&)>;

/// What is said of a command.
struct CommandText {
    std::string name;
    std::string description;  ///< One sentence that begins with a verb.
    std::string examples;     ///< One a line, as typed.
};

class Program;

/// A verb below the root, and what adds it.
struct Verb {
    std::string_view name;
    void (*add)(Program& program);
};

/// A command line program. A verb's file does
/// `auto& verb = program.add_verb(program.root(), {...}); verb.add_option(...);
/// program.set_action(verb, ...)` with option values in a shared_ptr that the action keeps.
/// @thread One thread.
class Program {
  public:
    explicit Program(const CommandText& text);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();

    /// The command of the program itself, for programs without verbs, and the parent of verbs.
    [[nodiscard]] CLI::App& root();

    /// Adds a verb below the root, or below another verb.
    CLI::App& add_verb(CLI::App& parent, const CommandText& text);

    /// What runs when this command was given. A command without an action prints its help.
    void set_action(CLI::App& command, Action action);

    /// Parses, runs the one action, prints errors. Order of configuration: flag, environment, TOML
    /// file (--config, else `<config home>/<program>.toml` when it exists).
    /// @return The exit code for main().
    [[nodiscard]] int run(int argc, const char* const* argv);

    /// What stands right behind the verb, where no other verb is in the tree; else nothing. A verb
    /// with many verbs below it then adds the one of that name alone.
    [[nodiscard]] std::optional<std::string_view> word_behind_verb() const;

    /// The same with these verbs. All that a command line cannot ask for stays out of the tree:
    /// where it begins with a verb, and no configuration file speaks of others, the rest, which
    /// would cost a tenth of a short command's time.
    [[nodiscard]] int run(std::initializer_list<Verb> verbs, int argc, const char* const* argv);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::tools
