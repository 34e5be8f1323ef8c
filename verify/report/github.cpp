// SPDX-License-Identifier: Apache-2.0
#include <verify/report/github.hpp>

#include <string_view>

namespace heliograph::verify {

namespace {

enum class CommandPart { message, property };

std::string escaped(std::string_view text, CommandPart part) {
    std::string result;
    for (const char c : text) {
        if (c == '%') {
            result += "%25";
        } else if (c == '\r') {
            result += "%0D";
        } else if (c == '\n') {
            result += "%0A";
        } else if (c == ':' && part == CommandPart::property) {
            result += "%3A";
        } else if (c == ',' && part == CommandPart::property) {
            result += "%2C";
        } else {
            result += c;
        }
    }
    return result;
}

std::string_view command_of(Severity severity) {
    switch (severity) {
        case Severity::note:
            return "notice";
        case Severity::warning:
            return "warning";
        case Severity::error:
            return "error";
    }
    return "error";
}

}  // namespace

std::string github_commands_of(const CheckReport& report) {
    std::string lines;
    for (const auto& item : report.items) {
        // A URL is no file of the repository.
        const bool is_file = !item.place.empty() && !is_url(item.place);
        std::string file =
            is_file ? "file=" + escaped(printable(item.place), CommandPart::property) + "," : "";
        if (is_file && item.line) {
            file += "line=" + std::to_string(*item.line) + ",";
        }
        for (const auto& finding : findings_of(item)) {
            lines += "::" + std::string(command_of(finding.severity)) + " " + file +
                     "title=" + escaped(printable(finding.id), CommandPart::property) +
                     "::" + escaped(finding.sentence(), CommandPart::message) + "\n";
        }
    }
    lines += "::notice title=" + escaped(report.tool, CommandPart::property) + "::verified " +
             std::to_string(report.accepted()) + " of " + std::to_string(report.items.size()) +
             "\n";
    return lines;
}

}  // namespace heliograph::verify
