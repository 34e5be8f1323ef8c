// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>
#include <tools/cli/generated_text.hpp>

#include <CLI/App.hpp>

#include <vector>

namespace heliograph::tools {

namespace {

std::vector<std::string> long_options(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) {
            names.push_back("--" + name);
        }
    }
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) {
        text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

// `path` is the verbs typed so far: "", "issue", "issue server".
void add_bash_cases(
    const CLI::App& root, const CLI::App& command, const std::string& path, std::string& text
) {
    std::vector<std::string> words = long_options(command);
    if (&command != &root) {
        const auto common = long_options(root);
        words.insert(words.end(), common.begin(), common.end());
    }
    const auto verbs = command.get_subcommands([](const CLI::App*) { return true; });
    for (const auto* verb : verbs) {
        words.push_back(verb->get_name());
    }
    text += "        '" + path + "') words='" + joined(words) + "' ;;\n";
    for (const auto* verb : verbs) {
        add_bash_cases(
            root, *verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), text
        );
    }
}

std::string verb_names(const CLI::App& command) {
    std::vector<std::string> names;
    for (const auto* verb : command.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(verb->get_name());
        const std::string inner = verb_names(*verb);
        if (!inner.empty()) {
            names.push_back(inner);
        }
    }
    return joined(names);
}

std::string quoted_for_fish(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            quoted += '\\';
        }
        quoted += c;
    }
    return quoted + "'";
}

void add_fish_lines(const CLI::App& root, const CLI::App& command, std::string& text) {
    const std::string start = "complete -c " + root.get_name() + " ";
    const std::string condition =
        &command == &root ? std::string()
                          : "-n '__fish_seen_subcommand_from " + command.get_name() + "' ";
    for (const auto* option : command.get_options()) {
        for (const auto& name : option->get_lnames()) {
            text += start + condition + "-l " + name +
                    (option->get_expected_min() > 0 ? " -r" : "") + " -d " +
                    quoted_for_fish(option->get_description()) + "\n";
        }
    }
    const auto verbs = command.get_subcommands([](const CLI::App*) { return true; });
    for (const auto* verb : verbs) {
        text += start + (&command == &root ? "-n __fish_use_subcommand " : condition) + "-f -a " +
                verb->get_name() + " -d " + quoted_for_fish(verb->get_description()) + "\n";
        add_fish_lines(root, *verb, text);
    }
}

}  // namespace

std::string bash_completion(const CLI::App& root) {
    const std::string& name = root.get_name();
    std::string cases;
    add_bash_cases(root, root, "", cases);
    return "_heliograph_" + name + "() {\n" +
           "    local word path='' words='' current=\"${COMP_WORDS[COMP_CWORD]}\"\n" +
           "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n" + "        case \" " +
           verb_names(root) + " \" in\n" +
           "            *\" $word \"*) path=\"${path:+$path }$word\" ;;\n" + "        esac\n" +
           "    done\n" + "    case \"$path\" in\n" + cases + "    esac\n" +
           "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n" +
           "    [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n" + "}\n" +
           "complete -o filenames -F _heliograph_" + name + " " + name + "\n";
}

std::string fish_completion(const CLI::App& root) {
    std::string text;
    add_fish_lines(root, root, text);
    return text;
}

std::string generate_text(const CLI::App& root, std::string_view kind) {
    if (kind == "man") {
        return manual_page(root);
    }
    if (kind == "fish") {
        return fish_completion(root);
    }
    if (kind == "zsh") {
        return "autoload -U +X bashcompinit && bashcompinit\n" + bash_completion(root);
    }
    HG_ASSERT(kind == "bash");
    return bash_completion(root);
}

}  // namespace heliograph::tools
