// SPDX-License-Identifier: Apache-2.0
#include <verify/report/plain_text.hpp>

namespace heliograph::verify {

std::string plain_text_of(const CheckReport& report) {
    std::string text;
    for (const auto& item : report.items) {
        const std::string place = item.place.empty() ? "" : " (" + printable(item.place) + ")";
        if (item.accepted()) {
            text += "verified " + printable(item.name) + place + "\n";
        }
        for (const auto& finding : findings_of(item)) {
            text += std::string(severity_name(finding.severity)) + ": " + finding.sentence() + "\n";
        }
    }
    return text + "verified " + std::to_string(report.accepted()) + " of " +
           std::to_string(report.items.size()) + "\n";
}

}  // namespace heliograph::verify
