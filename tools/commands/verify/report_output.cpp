// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/index_view.hpp>
#include <tools/commands/verify/report_output.hpp>
#include <verify/report/github.hpp>
#include <verify/report/gitlab.hpp>
#include <verify/report/junit.hpp>
#include <verify/report/plain_text.hpp>
#include <verify/report/sarif.hpp>

#include <CLI/App.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::tools::verify_commands {

namespace {

JsonValue json_of_item(const verify::CheckedItem& item) {
    return JsonObject{
        {"name", item.name},
        {"place", item.place},
        {"verified", item.accepted()},
        {"exit_code", static_cast<std::int64_t>(exit_code_of(item))},
        {"error", item.error ? json_of(*item.error) : JsonValue()},
        {"findings", json_of_findings(item.verdict)},
        {"checks", json_of_checks(item.verdict)}};
}

std::string indented(const JsonValue& document) {
    return render_json(document, JsonLayout::indented) + "\n";
}

}  // namespace

ExitCode exit_code_of(const verify::CheckedItem& item) {
    if (item.accepted()) {
        return ExitCode::done;
    }
    const auto cause = item.verdict.worst_cause();
    ExitCode code = cause ? tools::exit_code_of(*cause) : ExitCode::done;
    if (item.error) {
        code = worse(code, tools::exit_code_of(*item.error));
    }
    return code == ExitCode::done ? ExitCode::evidence_missing : code;
}

ExitCode exit_code_of(const verify::CheckReport& report) {
    if (report.items.empty()) {
        return ExitCode::not_found;
    }
    ExitCode code = ExitCode::done;
    for (const auto& item : report.items) {
        code = worse(code, exit_code_of(item));
    }
    return code;
}

void add_format_option(CLI::App& command, std::vector<std::string>& formats) {
    command
        .add_option(
            "--format",
            formats,
            "Report as text, json, sarif, junit, github (workflow commands) or gitlab (code "
            "quality), to standard output or a file; repeatable"
        )
        ->type_name("FORM[=FILE]")
        ->allow_extra_args(false);
}

Result<Reporter::Target> Reporter::parse_target(const std::string& text) {
    static constexpr std::array<std::pair<std::string_view, Form>, 6> forms{
        {{"text", Form::text},
         {"json", Form::json},
         {"sarif", Form::sarif},
         {"junit", Form::junit},
         {"github", Form::github},
         {"gitlab", Form::gitlab}}};
    const auto equals = text.find('=');
    const auto* const found = std::find_if(forms.begin(), forms.end(), [&](const auto& form) {
        return form.first == std::string_view(text).substr(0, equals);
    });
    if (found == forms.end() || equals == text.size() - 1) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --format text, json, sarif, junit, github or gitlab, perhaps with =FILE; saw "
            "'" +
                verify::printable(text) + "'"
        );
    }
    return Target{found->second, equals == std::string::npos ? "" : text.substr(equals + 1)};
}

Result<Reporter> Reporter::open(const std::vector<std::string>& formats, Console& console) {
    Reporter reporter(console);
    std::size_t documents = console.format() == OutputFormat::json ? 1 : 0;
    for (const auto& text : formats) {
        HG_TRY(auto target, parse_target(text));
        if (target.file.empty() && target.form != Form::text) {
            ++documents;
            reporter.m_output_is_taken = true;
        }
        if (!target.file.empty() || target.form != Form::text) {
            reporter.m_targets.push_back(std::move(target));
        }
    }
    if (documents > 1) {
        return Error(
            ErrorCode::invalid_argument,
            "expected one document for standard output, saw " + std::to_string(documents) +
                "; give the others a file: --format FORM=FILE"
        );
    }
    return reporter;
}

std::string Reporter::render(
    Form form, const verify::CheckReport& report, const JsonValue& document
) {
    switch (form) {
        case Form::text:
            break;
        case Form::json:
            return indented(document);
        case Form::sarif:
            return indented(verify::sarif_of(report));
        case Form::junit:
            return verify::junit_of(report);
        case Form::github:
            return verify::github_commands_of(report);
        case Form::gitlab:
            return indented(verify::gitlab_of(report));
    }
    return verify::plain_text_of(report);
}

void Reporter::narrate(std::string_view line) const {
    if (m_output_is_taken) {
        m_console->tell(line);
    } else {
        m_console->say(line);
    }
}

// `##[` as each of them writes it otherwise: standard output may be a runner's.
std::string_view Reporter::bracket_of(Form form) {
    switch (form) {
        case Form::text:
        case Form::github:
            break;
        case Form::json:
        case Form::sarif:
        case Form::gitlab:
            return "##\\u005b";
        case Form::junit:
            return "##&#91;";
    }
    return "# #[";
}

Outcome Reporter::deliver(const Target& target, std::string_view text) const {
    if (target.file.empty()) {
        m_console->write(without_runner_commands(std::string(text), bracket_of(target.form)));
        return {};
    }
    auto written = output_fault(write_file_atomically(target.file, bytes_of(text)));
    return written ? Outcome() : std::move(written).error().at("report " + target.file);
}

void Reporter::note_unsaved(const Outcome& saved) const {
    if (!saved) {
        m_console->warn(
            "what these pages taught is not remembered, so that a later run may believe older "
            "ones: " +
            saved.error().describe()
        );
    }
}

void Reporter::tell_item(const verify::CheckedItem& item) const {
    const std::string place =
        item.name + (item.place.empty() ? std::string() : " (" + visible(item.place) + ")");
    report_findings(*m_console, item.verdict);
    if (item.error) {
        m_console->fail(place + ": " + item.error->describe());
    }
    if (item.accepted()) {
        narrate("verified " + place);
    } else if (!item.error && !item.verdict.worst_cause()) {
        m_console->fail(place + ": expected at least one check, saw none");
    }
}

ExitCode Reporter::conclude(
    const verify::CheckReport& report, std::string_view noun, JsonArray results
) const {
    for (const auto& item : report.items) {
        tell_item(item);
    }
    if (report.items.empty()) {
        m_console->fail("expected something to check, saw nothing");
    }
    narrate(
        "verified " + std::to_string(report.accepted()) + " of " +
        counted(report.items.size(), noun)
    );
    const JsonValue document = JsonObject{
        {"verified", report.accepted()},
        {"total", report.items.size()},
        {"exit_code", static_cast<std::int64_t>(exit_code_of(report))},
        {"results", std::move(results)}};
    m_console->present(document);
    ExitCode code = exit_code_of(report);
    for (const auto& target : m_targets) {
        const auto delivered = deliver(target, render(target.form, report, document));
        if (!delivered) {
            m_console->fail(delivered.error().describe());
            code = worse(code, tools::exit_code_of(delivered.error()));
        }
    }
    return code;
}

ExitCode Reporter::conclude(const verify::CheckReport& report) const {
    JsonArray results;
    for (const auto& item : report.items) {
        results.push_back(json_of_item(item));
    }
    return conclude(report, "item", std::move(results));
}

}  // namespace heliograph::tools::verify_commands
