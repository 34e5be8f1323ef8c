// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/requirement.hpp>
#include <pki/base/blank.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";

// Every marker begins behind the first semicolon: neither names nor specifiers hold one.
struct Parts {
    std::string_view name;
    std::optional<std::string_view> extras;
    std::string_view versions;
    std::optional<std::string_view> marker;
};

Result<Parts> split_requirement(std::string_view text) {
    Parts parts;
    if (const auto semicolon = text.find(';'); semicolon != std::string_view::npos) {
        parts.marker = text.substr(semicolon + 1);
        text = trim_blanks(text.substr(0, semicolon));
    }
    const auto name_end = std::min(text.find_first_not_of(name_characters), text.size());
    parts.name = text.substr(0, name_end);
    parts.versions = trim_blanks(text.substr(name_end));
    if (parts.versions.starts_with('[')) {
        const auto close = parts.versions.find(']');
        if (close == std::string_view::npos) {
            return Error(
                ErrorCode::malformed,
                "expected ']' after the extras in '" + verify::printable(text) + "'"
            );
        }
        parts.extras = parts.versions.substr(1, close - 1);
        parts.versions = trim_blanks(parts.versions.substr(close + 1));
    }
    if (parts.versions.starts_with('@')) {
        return Error(
            ErrorCode::unsupported,
            "expected a project of the index, saw a URL in '" + verify::printable(text) +
                "'; name the project alone, as in: wheel>=0.38"
        );
    }
    if (parts.versions.size() >= 2 && parts.versions.front() == '(' &&
        parts.versions.back() == ')') {
        parts.versions = parts.versions.substr(1, parts.versions.size() - 2);
    }
    return parts;
}

Result<std::vector<verify::ProjectName>> parse_extras(std::string_view text) {
    std::vector<verify::ProjectName> extras;
    if (trim_blanks(text).empty()) {
        return extras;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        HG_TRY(
            auto extra, verify::parse_project_name(trim_blanks(text.substr(begin, end - begin)))
        );
        extras.push_back(std::move(extra));
        begin = end + 1;
        if (extras.size() > requirement_extras) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(requirement_extras) + " extras, saw more"
            );
        }
    }
    std::sort(extras.begin(), extras.end());
    extras.erase(std::unique(extras.begin(), extras.end()), extras.end());
    return extras;
}

}  // namespace

std::string Requirement::text() const {
    if (file) {
        return file->text();
    }
    std::string names;
    for (const auto& extra : extras) {
        names += (names.empty() ? "[" : ",") + extra.text();
    }
    return project.text() + names + (names.empty() ? "" : "]") + versions.text() +
           (marker ? "; " + marker->text() : "");
}

Result<Requirement> parse_requirement(std::string_view text) {
    HG_TRY(const auto parts, split_requirement(trim_blanks(text)));
    HG_TRY(auto project, verify::parse_project_name(parts.name));
    HG_TRY(auto versions, verify::parse_specifier_set(parts.versions));
    Requirement requirement{std::move(project), std::move(versions), std::nullopt};
    HG_TRY(requirement.extras, parse_extras(parts.extras.value_or(std::string_view())));
    if (parts.marker) {
        HG_TRY(requirement.marker, parse_environment_marker(trim_blanks(*parts.marker)));
    }
    return requirement;
}

}  // namespace heliograph::mirror
