// SPDX-License-Identifier: Apache-2.0
#include <verify/verdict/finding.hpp>

#include <cstddef>

namespace heliograph::verify {

namespace {

constexpr std::size_t printable_limit = 300;

}  // namespace

std::string_view cause_name(Cause cause) {
    switch (cause) {
        case Cause::false_evidence:
            return "false-evidence";
        case Cause::missing_evidence:
            return "missing-evidence";
        case Cause::stale_evidence:
            return "stale-evidence";
        case Cause::not_found:
            return "not-found";
    }
    return "false-evidence";
}

std::string_view severity_name(Severity severity) {
    switch (severity) {
        case Severity::note:
            return "note";
        case Severity::warning:
            return "warning";
        case Severity::error:
            return "error";
    }
    return "error";
}

std::string Finding::sentence() const {
    std::string text = printable(subject);
    text += ": expected " + printable(expected) + ", saw " + printable(seen);
    if (!source.empty()) {
        text += ", from " + printable(source);
    }
    if (!advice.empty()) {
        text += "; " + printable(advice);
    }
    text += " [" + printable(id) + "]";
    return text;
}

std::string printable(std::string_view text) {
    const bool cut = text.size() > printable_limit;
    std::string result(text.substr(0, printable_limit));
    for (char& c : result) {
        if (c < ' ' || c > '~') {
            c = '?';
        }
    }
    if (cut) {
        result += "...";
    }
    return result;
}

}  // namespace heliograph::verify
