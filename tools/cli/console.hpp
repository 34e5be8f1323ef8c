// SPDX-License-Identifier: Apache-2.0
// What a program tells people and scripts: sentences on standard output, errors on standard error,
// or one JSON document.
#pragma once

#include <pki/base/event_sink.hpp>
#include <pki/base/json.hpp>
#include <tools/cli/progress.hpp>
#include <tools/cli/progress_board.hpp>
#include <verify/verdict/finding.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::tools {

enum class OutputFormat { text, json };
enum class Verbosity { quiet, normal, verbose };

struct ConsoleOptions {
    OutputFormat format = OutputFormat::text;
    Verbosity verbosity = Verbosity::normal;
};

/// Writes for one command.
/// @thread One thread, but for events(), whose sink is safe from any.
class Console {
  public:
    explicit Console(const ConsoleOptions& options);
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;
    ~Console();

    [[nodiscard]] OutputFormat format() const { return m_options.format; }
    [[nodiscard]] Verbosity verbosity() const { return m_options.verbosity; }

    /// One line of narration on standard output; silent with --json and --quiet.
    void say(std::string_view line);
    /// One line of result, which --quiet does not silence: what the command was asked to print.
    /// Silent with --json.
    void print(std::string_view line);
    /// Exact bytes on standard output, for results that are a document themselves. Silent with
    /// --json.
    void write(std::string_view text);
    /// One line of narration on standard error, where standard output is somebody else's; silent
    /// with --json and --quiet.
    void tell(std::string_view line);
    /// `warning: sentence` on standard error, whatever the options.
    void warn(std::string_view sentence);
    /// `error: sentence` on standard error, whatever the options.
    void fail(std::string_view sentence);
    /// A finding: fail() or warn() by its severity.
    void report(const verify::Finding& finding);

    /// The one document of --json on standard output; not shown in text mode. At most one call.
    void present(const JsonValue& document);
    /// Whether present() was called.
    [[nodiscard]] bool presented() const { return m_presented; }

    /// A bar on standard error, when that is a terminal and neither --quiet, --json nor --verbose
    /// stands against it.
    /// @param label  What is going on: `fetch wheel`.
    [[nodiscard]] Progress progress(std::string label, ProgressUnit unit) const;
    /// Several bars under the same conditions; none otherwise.
    [[nodiscard]] std::optional<ProgressBoard> progress_board() const;

    /// Where libraries send their events: shown on standard error with --verbose.
    [[nodiscard]] EventSink& events() { return *m_events; }

  private:
    [[nodiscard]] bool shows_progress() const;

    ConsoleOptions m_options;
    bool m_presented = false;
    std::unique_ptr<EventSink> m_events;
};

/// A finding as it stands in JSON documents: id, severity, cause, subject, expected, seen, source,
/// advice. @thread Safe.
[[nodiscard]] JsonValue json_of(const verify::Finding& finding);

/// An error as it stands in JSON documents: code, message, trail. @thread Safe.
[[nodiscard]] JsonValue json_of(const Error& error);

}  // namespace heliograph::tools
