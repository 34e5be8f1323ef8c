// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/requirement.hpp>
#include <pki/base/blank.hpp>
#include <verify/verdict/finding.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

}  // namespace

std::string Requirement::text() const {
    if (file) {
        return file->text();
    }
    return project.text() + versions.text();
}

Result<Requirement> parse_requirement(std::string_view text) {
    text = trim_blanks(text);
    const auto name_end = text.find_first_not_of(name_characters);
    const auto name = text.substr(0, name_end);
    auto rest = name_end == std::string_view::npos ? std::string_view()
                                                   : trim_blanks(text.substr(name_end));
    if (!rest.empty() &&
        (rest.front() == '[' || rest.front() == '@' || rest.find(';') != std::string_view::npos)) {
        return Error(
            ErrorCode::unsupported,
            "expected a project name with version specifiers, saw extras, a URL or a marker in '" +
                verify::printable(text) + "'; name the project alone, as in: wheel>=0.38"
        );
    }
    if (rest.size() >= 2 && rest.front() == '(' && rest.back() == ')') {
        rest = rest.substr(1, rest.size() - 2);
    }
    HG_TRY(auto project, verify::parse_project_name(name));
    HG_TRY(auto versions, verify::parse_specifier_set(rest));
    return Requirement{std::move(project), std::move(versions), std::nullopt};
}

}  // namespace heliograph::mirror
