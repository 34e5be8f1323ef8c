// SPDX-License-Identifier: Apache-2.0
#include <verify/report/check_report.hpp>

#include <algorithm>

namespace heliograph::verify {

std::size_t CheckReport::accepted() const {
    return static_cast<std::size_t>(std::count_if(
        items.begin(), items.end(), [](const CheckedItem& item) { return item.accepted(); }
    ));
}

bool is_url(std::string_view place) {
    return place.starts_with("https://") || place.starts_with("http://");
}

std::vector<Finding> findings_of(const CheckedItem& item) {
    auto findings = item.verdict.findings();
    if (item.error) {
        findings.push_back(
            {.id = "not-checked",
             .cause = Cause::missing_evidence,
             .subject = item.name,
             .expected = "to check it",
             .seen = item.error->describe(),
             .source = item.place}
        );
    }
    const bool has_error = std::any_of(findings.begin(), findings.end(), [](const Finding& one) {
        return one.severity == Severity::error;
    });
    if (!has_error && !item.accepted()) {
        findings.push_back(
            {.id = "nothing-checked",
             .cause = Cause::missing_evidence,
             .subject = item.name,
             .expected = "at least one check",
             .seen = "none",
             .source = item.place}
        );
    }
    return findings;
}

}  // namespace heliograph::verify
