// SPDX-License-Identifier: Apache-2.0
#include <verify/report/junit.hpp>
#include <verify/report/xml_text.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace heliograph::verify {

namespace {

using Attribute = std::pair<std::string_view, std::string>;

std::string start_tag(std::string_view name, std::initializer_list<Attribute> attributes) {
    std::string tag = "<" + std::string(name);
    for (const auto& [key, value] : attributes) {
        tag += " " + std::string(key) + "=\"" + encode_xml_text(value) + "\"";
    }
    return tag + ">";
}

std::string element(
    std::string_view name, std::initializer_list<Attribute> attributes, std::string_view text
) {
    return start_tag(name, attributes) + encode_xml_text(text) + "</" + std::string(name) + ">\n";
}

std::string test_case(const CheckReport& report, const CheckedItem& item) {
    std::string xml =
        "    " +
        start_tag(
            "testcase",
            {{"name", item.name + (item.place.empty() ? "" : " (" + item.place + ")")},
             {"classname", report.tool}}
        ) +
        "\n";
    std::string warnings;
    for (const auto& finding : findings_of(item)) {
        if (finding.severity != Severity::error) {
            warnings += finding.sentence() + "\n";
            continue;
        }
        const auto* name = finding.id == "not-checked" ? "error" : "failure";
        xml += "      " +
               element(
                   name, {{"type", finding.id}, {"message", finding.sentence()}}, finding.sentence()
               );
    }
    if (!warnings.empty()) {
        xml += "      " + element("system-out", {}, warnings);
    }
    return xml + "    </testcase>\n";
}

}  // namespace

std::string junit_of(const CheckReport& report) {
    const auto errors =
        std::count_if(report.items.begin(), report.items.end(), [](const CheckedItem& item) {
            return item.error.has_value();
        });
    const auto refused = static_cast<std::ptrdiff_t>(report.items.size() - report.accepted());
    const auto counts = [&](std::string_view name) {
        return start_tag(
            name,
            {{"name", report.tool},
             {"tests", std::to_string(report.items.size())},
             {"failures", std::to_string(refused - errors)},
             {"errors", std::to_string(errors)}}
        );
    };
    std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + counts("testsuites") +
                      "\n  " + counts("testsuite") + "\n";
    for (const auto& item : report.items) {
        xml += test_case(report, item);
    }
    return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace heliograph::verify
