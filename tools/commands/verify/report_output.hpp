// SPDX-License-Identifier: Apache-2.0
// A finished report to people, scripts and other programs, and the exit code that it comes to.
#pragma once

#include <pki/base/result.hpp>
#include <tools/cli/console.hpp>
#include <tools/cli/exit_code.hpp>
#include <verify/report/check_report.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace heliograph::tools::verify_commands {

/// done, or by the worst of what is wrong with it.
[[nodiscard]] ExitCode exit_code_of(const verify::CheckedItem& item);

/// The worst of all items; not_found when there are none, for nothing was verified then.
[[nodiscard]] ExitCode exit_code_of(const verify::CheckReport& report);

/// Adds --format. @param formats  Filled when the command line is parsed.
void add_format_option(CLI::App& command, std::vector<std::string>& formats);

/// Where reports go. Made before the checks, so that what cannot be meant ends a run at once.
/// @thread One thread.
class Reporter {
  public:
    /// @param formats  `FORM` or `FORM=FILE`. @errors invalid_argument (another form, two documents
    /// for standard output).
    [[nodiscard]] static Result<Reporter> open(
        const std::vector<std::string>& formats, Console& console
    );

    /// Tells every item with all that was found, then `verified N of N NOUN`; renders the report
    /// in each form. JSON has `verified`, `total`, `exit_code` and these `results`.
    /// @return The exit code of the report; a file that cannot be written is told, keeps no other
    /// from being written, and weighs as local.
    [[nodiscard]] ExitCode conclude(
        const verify::CheckReport& report, std::string_view noun, JsonArray results
    ) const;
    /// Results have `name`, `place`, `verified`, `exit_code`, `error`, `findings`, `checks`.
    [[nodiscard]] ExitCode conclude(const verify::CheckReport& report) const;

    /// Warns when what pages taught could not be kept for later runs: what was found stands anyway.
    void note_unsaved(const Outcome& saved) const;

  private:
    enum class Form { text, json, sarif, junit, github, gitlab };
    struct Target {
        Form form;
        std::string file;  ///< Empty: standard output.
    };
    explicit Reporter(Console& console) : m_console(&console) {}
    [[nodiscard]] static Result<Target> parse_target(const std::string& text);
    [[nodiscard]] static std::string render(
        Form form, const verify::CheckReport& report, const JsonValue& document
    );
    [[nodiscard]] static std::string_view bracket_of(Form form);
    [[nodiscard]] Outcome deliver(const Target& target, std::string_view text) const;
    void narrate(std::string_view line) const;
    void tell_item(const verify::CheckedItem& item) const;

    Console* m_console;
    std::vector<Target> m_targets;
    bool m_output_is_taken = false;  ///< By a document: narration goes to standard error.
};

}  // namespace heliograph::tools::verify_commands
