// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/project_name.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::verify {

namespace {

constexpr bool is_separator(char c) {
    return c == '-' || c == '_' || c == '.';
}

}  // namespace

Result<ProjectName> parse_project_name(std::string_view text) {
    if (text.empty()) {
        return Error(ErrorCode::malformed, "expected a project name, saw an empty text");
    }
    if (text.size() > limits::project_name_chars) {
        return Error(
            ErrorCode::too_large,
            "expected a project name of at most " + std::to_string(limits::project_name_chars) +
                " characters, saw " + std::to_string(text.size())
        );
    }
    std::string normalised;
    normalised.reserve(text.size());
    for (const char c : text) {
        if (ascii::is_alphanumeric(c)) {
            normalised += ascii::to_lower(c);
        } else if (!is_separator(c)) {
            return Error(
                ErrorCode::malformed,
                "expected a project name of letters, digits, '.', '-' and '_', saw '" +
                    printable(text) + "'"
            );
        } else if (normalised.empty() || normalised.back() != '-') {
            normalised += '-';
        }
    }
    if (normalised.front() == '-' || normalised.back() == '-') {
        return Error(
            ErrorCode::malformed,
            "expected a project name that begins and ends with a letter or digit, saw '" +
                printable(text) + "'"
        );
    }
    return ProjectName(std::move(normalised));
}

Result<ProjectName> parse_normalised_name(std::string_view text) {
    HG_TRY(auto name, parse_project_name(text));
    if (name.text() != text) {
        return Error(
            ErrorCode::malformed,
            "expected the normalised project name '" + name.text() + "', saw '" + printable(text) +
                "'"
        );
    }
    return name;
}

}  // namespace heliograph::verify
