// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>
#include <tools/cli/configuration.hpp>
#include <tools/cli/folder.hpp>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <system_error>

namespace heliograph::tools {

namespace {

// CLI11 fills options from the file before it looks at the environment. Ours is the other order, so
// what the environment sets is taken out of what the file says; so is what has no use beside what
// was said for this run, for which CLI11 would refuse the run.
class ConfigurationReader final : public CLI::ConfigTOML {
  public:
    explicit ConfigurationReader(CLI::App& root) : m_root(root) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        auto found = with_verb(CLI::ConfigTOML::from_config(input));
        found.erase(
            std::remove_if(
                found.begin(),
                found.end(),
                [&](const CLI::ConfigItem& item) {
                    const auto* option = option_of(item);
                    return option != nullptr && is_in_environment(*option);
                }
            ),
            found.end()
        );
        pass_over_idle(found);
        note_defaults(found);
        return found;
    }

    [[nodiscard]] bool has_filled(const CLI::Option* option) const {
        return m_filled.count(option) != 0;
    }

  private:
    // What the command line named has its values by now, and none from here.
    void note_defaults(const std::vector<CLI::ConfigItem>& said) const {
        for (const auto& item : said) {
            const auto* option = option_of(item);
            if (option != nullptr && option->count() == 0) {
                m_filled.insert(option);
            }
        }
    }

    // One that is passed over may have been all that another needed.
    void pass_over_idle(std::vector<CLI::ConfigItem>& said) const {
        const auto is_idle_here = [&](const CLI::ConfigItem& item) { return is_idle(item, said); };
        for (auto idle = std::find_if(said.begin(), said.end(), is_idle_here); idle != said.end();
             idle = std::find_if(said.begin(), said.end(), is_idle_here)) {
            said.erase(idle);
        }
    }

    // Two defaults that exclude each other stay, and are refused: no run could mean both.
    [[nodiscard]] bool is_idle(
        const CLI::ConfigItem& item, const std::vector<CLI::ConfigItem>& said
    ) const {
        const auto* option = option_of(item);
        if (option == nullptr || option->count() > 0) {
            return false;
        }
        const auto is_said = [&](const CLI::Option* other) {
            return other->count() > 0 || is_in_environment(*other);
        };
        const auto is_given = [&](const CLI::Option* other) {
            return is_said(other) ||
                   std::any_of(said.begin(), said.end(), [&](const CLI::ConfigItem& one) {
                       return option_of(one) == other;
                   });
        };
        const auto excluded = option->get_excludes();
        const auto needed = option->get_needs();
        return std::any_of(excluded.begin(), excluded.end(), is_said) ||
               !std::all_of(needed.begin(), needed.end(), is_given);
    }

    // A key above all sections holds for every verb that has such an option; the verb's own section
    // goes before it.
    [[nodiscard]] std::vector<CLI::ConfigItem> with_verb(std::vector<CLI::ConfigItem> found) const {
        std::vector<CLI::ConfigItem> kept;
        for (const auto& item : found) {
            const bool is_common =
                item.parents.empty() && !has_option(m_root, item.name) && is_known(m_root, item);
            if (!is_common) {
                kept.push_back(item);
                continue;
            }
            auto typed = item;
            typed.parents = place_of(item.name);
            const bool is_said = std::any_of(found.begin(), found.end(), [&](const auto& other) {
                return other.name == typed.name && other.parents == typed.parents;
            });
            if (!typed.parents.empty() && !is_said) {
                kept.push_back(std::move(typed));
            }
        }
        return kept;
    }

    static bool has_option(const CLI::App& command, const std::string& name) {
        return command.get_option_no_throw("--" + name) != nullptr;
    }

    static bool is_known(const CLI::App& command, const CLI::ConfigItem& item) {
        const auto verbs = command.get_subcommands([](const CLI::App*) { return true; });
        return has_option(command, item.name) ||
               std::any_of(verbs.begin(), verbs.end(), [&](const CLI::App* verb) {
                   return is_known(*verb, item);
               });
    }

    // The verbs that were typed, down to the innermost with such an option; empty: none has it.
    [[nodiscard]] std::vector<std::string> place_of(const std::string& name) const {
        std::vector<std::string> path;
        std::vector<std::string> place;
        auto verbs = m_root.get_subcommands();
        while (!verbs.empty()) {
            const auto* verb = verbs.front();
            path.push_back(verb->get_name());
            if (has_option(*verb, name)) {
                place = path;
            }
            verbs = verb->get_subcommands();
        }
        return place;
    }

    [[nodiscard]] const CLI::Option* option_of(const CLI::ConfigItem& item) const {
        const CLI::App* command = &m_root;
        for (const auto& parent : item.parents) {
            const auto verbs = command->get_subcommands([&](const CLI::App* verb) {
                return verb->get_name() == parent;
            });
            if (verbs.empty()) {
                return nullptr;
            }
            command = verbs.front();
        }
        return command->get_option_no_throw("--" + item.name);
    }

    static bool is_in_environment(const CLI::Option& option) {
        if (option.get_envname().empty()) {
            return false;
        }
        const char* value = std::getenv(option.get_envname().c_str());
        return value != nullptr && *value != '\0';
    }

    CLI::App& m_root;
    mutable std::set<const CLI::Option*> m_filled;  // CLI11 reads through a const member.
};

std::string usual_file(const std::string& program) {
    const auto home = config_home();
    return home ? (*home / (program + ".toml")).string() : std::string();
}

}  // namespace

bool has_configuration_file(const std::string& program) {
    const std::string usual = usual_file(program);
    std::error_code unseen;  // What cannot be looked at is there, and CLI11 says so.
    return !usual.empty() && (std::filesystem::exists(usual, unseen) || unseen);
}

bool stands_on_command_line(const CLI::App& verb, const std::string& flag) {
    const CLI::App* root = &verb;
    while (root->get_parent() != nullptr) {
        root = root->get_parent();
    }
    const auto* option = verb.get_option_no_throw(flag);
    HG_ASSERT(option != nullptr);
    const auto formatter = root->get_config_formatter();
    const auto* reader = dynamic_cast<const ConfigurationReader*>(formatter.get());
    return option->count() > 0 && (reader == nullptr || !reader->has_filled(option));
}

void add_configuration_file(CLI::App& root, const std::string& program) {
    root.set_config("--config", usual_file(program), "Read options from this TOML file");
    root.config_formatter(std::make_shared<ConfigurationReader>(root));
    root.allow_config_extras(CLI::config_extras_mode::error);
}

}  // namespace heliograph::tools
