// SPDX-License-Identifier: Apache-2.0
#include <mirror/requirement/dependency.hpp>
#include <pki/base/blank.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

// URLs may hold semicolons: one that begins a marker stands behind a blank. PEP 508, "Grammar".
std::size_t end_of_url(std::string_view text) {
    const auto blank = text.find_first_of(" \t");
    return std::min(blank, text.size());
}

}  // namespace

Result<Dependency> parse_dependency(std::string_view text) {
    const auto at = text.find_first_of("@;<>=!~(");
    if (at == std::string_view::npos || text[at] != '@') {
        HG_TRY(auto requirement, parse_requirement(text));
        return Dependency{std::move(requirement), std::nullopt};
    }
    const auto behind = trim_blanks(text.substr(at + 1));
    const auto end = end_of_url(behind);
    const auto marker = trim_blanks(behind.substr(end));
    if (end == 0 || !(marker.empty() || marker.starts_with(';'))) {
        return Error(
            ErrorCode::malformed,
            "expected 'NAME @ URL', perhaps with ' ; MARKER' behind, saw '" +
                verify::printable(text) + "'"
        );
    }
    HG_TRY(
        auto requirement, parse_requirement(std::string(text.substr(0, at)) + std::string(marker))
    );
    return Dependency{std::move(requirement), std::string(behind.substr(0, end))};
}

}  // namespace heliograph::mirror
