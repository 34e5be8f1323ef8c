// SPDX-License-Identifier: Apache-2.0
#include <verify/index/page_text.hpp>
#include <verify/index/project_status.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::array<std::pair<ProjectStatus, std::string_view>, 4> status_words{{
    {ProjectStatus::active, "active"},
    {ProjectStatus::archived, "archived"},
    {ProjectStatus::deprecated, "deprecated"},
    {ProjectStatus::quarantined, "quarantined"},
}};

}  // namespace

std::string_view project_status_name(ProjectStatus status) {
    for (const auto& [value, word] : status_words) {
        if (value == status) {
            return word;
        }
    }
    const bool is_enumerated = false;
    HG_ASSERT(is_enumerated);
    return {};
}

Result<ProjectStatus> parse_project_status(std::string_view word) {
    for (const auto& [value, known] : status_words) {
        if (known == word) {
            return value;
        }
    }
    return Error(
        ErrorCode::malformed,
        "expected a project status (active, archived, deprecated, quarantined), saw '" +
            printable(word) + "'"
    );
}

Outcome check_status_mark(const StatusMark& mark) {
    return page_text::check_free_text(
        mark.reason, limits::status_reason_bytes, "a reason of a project status"
    );
}

}  // namespace heliograph::verify
