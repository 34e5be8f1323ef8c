// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/console.hpp>
#include <tools/cli/event_log.hpp>
#include <tools/cli/terminal.hpp>
#include <tools/cli/text.hpp>

#include <cstdio>

namespace heliograph::tools {

namespace {

// A closed pipe is the reader's wish to hear no more; there is nobody to tell of it.
void put(std::FILE* stream, std::string_view text) {
    if (!text.empty()) {  // an empty view may have no address at all, which fwrite must not see
        static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
    }
}

void put_line(std::FILE* stream, std::string_view line) {
    put(stream, visible(line) + "\n");
    static_cast<void>(std::fflush(stream));
}

std::string label(std::string_view word, TerminalColor color) {
    return colored(StandardStream::errors, std::string(word) + ":", color) + " ";
}

}  // namespace

Console::Console(const ConsoleOptions& options) : m_options(options) {
    if (options.verbosity == Verbosity::verbose) {
        m_events = make_event_log();
    } else {
        m_events = std::make_unique<SilentSink>();
    }
}

Console::~Console() = default;

void Console::say(std::string_view line) {
    if (m_options.verbosity != Verbosity::quiet) {
        print(line);
    }
}

void Console::print(std::string_view line) {
    if (m_options.format == OutputFormat::text) {
        put_line(stdout, line);
    }
}

void Console::write(std::string_view text) {
    if (m_options.format == OutputFormat::text) {
        put(stdout, text);
        static_cast<void>(std::fflush(stdout));
    }
}

void Console::tell(std::string_view line) {
    if (m_options.verbosity != Verbosity::quiet && m_options.format == OutputFormat::text) {
        put_line(stderr, line);
    }
}

void Console::warn(std::string_view sentence) {
    put(stderr, label("warning", TerminalColor::yellow));
    put_line(stderr, sentence);
}

void Console::fail(std::string_view sentence) {
    put(stderr, label("error", TerminalColor::red));
    put_line(stderr, sentence);
}

void Console::report(const verify::Finding& finding) {
    if (finding.severity == verify::Severity::error) {
        fail(finding.sentence());
    } else {
        warn(finding.sentence());
    }
}

void Console::present(const JsonValue& document) {
    HG_ASSERT(!m_presented);
    m_presented = true;
    if (m_options.format == OutputFormat::json) {
        put(stdout,
            without_runner_commands(render_json(document, JsonLayout::indented), "##\\u005b") + "\n"
        );
        static_cast<void>(std::fflush(stdout));
    }
}

bool Console::shows_progress() const {
    return m_options.verbosity == Verbosity::normal && m_options.format == OutputFormat::text &&
           is_terminal(StandardStream::errors);
}

Progress Console::progress(std::string label, ProgressUnit unit) const {
    return shows_progress() ? Progress(std::move(label), unit) : Progress();
}

std::optional<ProgressBoard> Console::progress_board() const {
    return shows_progress() ? std::optional<ProgressBoard>(std::in_place) : std::nullopt;
}

JsonValue json_of(const verify::Finding& finding) {
    return JsonObject{
        {"id", finding.id},
        {"severity", verify::severity_name(finding.severity)},
        {"cause", verify::cause_name(finding.cause)},
        {"subject", finding.subject},
        {"expected", finding.expected},
        {"seen", finding.seen},
        {"source", finding.source},
        {"advice", finding.advice}};
}

JsonValue json_of(const Error& error) {
    JsonArray trail;
    for (const auto& place : error.trail()) {
        trail.emplace_back(place);
    }
    return JsonObject{
        {"code", error_code_name(error.code())},
        {"message", error.message()},
        {"trail", std::move(trail)}};
}

}  // namespace heliograph::tools
