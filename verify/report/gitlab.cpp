// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest.hpp>
#include <verify/report/gitlab.hpp>

#include <string_view>
#include <utility>

namespace heliograph::verify {

namespace {

std::string_view quality_severity(Severity severity) {
    switch (severity) {
        case Severity::note:
            return "info";
        case Severity::warning:
            return "minor";
        case Severity::error:
            return "critical";
    }
    return "critical";
}

// Which finding it is, whatever was seen this time.
std::string fingerprint_of(const CheckedItem& item, const Finding& finding) {
    const std::string identity = finding.id + '\0' + item.place + '\0' + item.name + '\0' +
                                 finding.subject + '\0' + finding.source;
    return pki::sha256(bytes_of(identity)).to_hex();
}

}  // namespace

JsonValue gitlab_of(const CheckReport& report) {
    JsonArray issues;
    for (const auto& item : report.items) {
        for (const auto& finding : findings_of(item)) {
            issues.push_back(JsonObject{
                {"description", finding.sentence()},
                {"check_name", finding.id},
                {"fingerprint", fingerprint_of(item, finding)},
                {"severity", quality_severity(finding.severity)},
                {"location",
                 JsonObject{
                     {"path", item.place.empty() ? item.name : item.place},
                     {"lines", JsonObject{{"begin", item.line.value_or(1)}}}}}});
        }
    }
    return issues;
}

}  // namespace heliograph::verify
