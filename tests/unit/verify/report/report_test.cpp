// SPDX-License-Identifier: Apache-2.0
// Reports of checks in the forms that other programs read.
#include <verify/report/check_report.hpp>
#include <verify/report/sarif.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

using ::testing::HasSubstr;

CheckedItem right_item() {
    CheckedItem item{"file a.whl", "wheels/a.whl"};
    item.verdict.pass("sha256");
    return item;
}

TEST(CheckReport, CountsWhatWasCheckedAndHolds) {
    CheckReport report{"verify tree", {right_item(), {"file b.whl"}, right_item()}};
    report.items[2].error = Error(ErrorCode::io, "the disk is gone");
    EXPECT_EQ(report.accepted(), 1U);
    EXPECT_TRUE(findings_of(report.items[0]).empty());
    EXPECT_EQ(findings_of(report.items[1]).front().id, "nothing-checked");
    EXPECT_EQ(findings_of(report.items[2]).front().id, "not-checked");
    EXPECT_THAT(findings_of(report.items[2]).front().sentence(), HasSubstr("the disk is gone"));
}

TEST(Sarif, HasTheMembersThatTheSchemaRequires) {
    Verdict verdict;
    verdict.add({.id = "one", .subject = "a", .expected = "b", .seen = "c"});
    verdict.add({.id = "one", .severity = Severity::warning, .subject = "d"});
    verdict.add({.id = "two", .severity = Severity::note, .subject = "e"});
    const auto text =
        render_json(sarif_of({"a tool", {{"a", "https://mirror.example/", verdict}}}));
    const auto log = parse_json(text, {}).value();
    // sarifLog: version and runs; run: tool; tool: driver; component: name; rule: id; result:
    // message; level: one of none, note, warning, error.
    EXPECT_EQ(log.text_member("version").value(), "2.1.0");
    const auto& runs = *log.array_member("runs").value();
    ASSERT_EQ(runs.size(), 1U);
    const auto* const driver = runs.front().find("tool")->find("driver");
    EXPECT_EQ(driver->text_member("name").value(), "heliograph a tool");
    const auto& rules = *driver->array_member("rules").value();
    ASSERT_EQ(rules.size(), 2U) << "each id once";
    const auto& results = *runs.front().array_member("results").value();
    ASSERT_EQ(results.size(), 3U);
    const std::vector<std::string> levels = {"error", "warning", "note"};
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto rule = static_cast<std::size_t>(results[i].integer_member("ruleIndex").value());
        EXPECT_EQ(
            rules.at(rule).text_member("id").value(), results[i].text_member("ruleId").value()
        );
        EXPECT_FALSE(results[i].find("message")->text_member("text").value().empty());
        EXPECT_EQ(results[i].text_member("level").value(), levels[i]);
    }
    // A clean log has its list of results too.
    const auto clean = sarif_of({"a tool", {}});
    EXPECT_TRUE(clean.array_member("runs").value()->front().array_member("results").has_value());
}

TEST(Sarif, WritesPlacesAsReferences) {
    CheckReport report{
        "a tool", {{"file", "my wheels/50%.whl"}, {"page", "https://x.example/a%20b/"}}};
    const auto text = render_json(sarif_of(report));
    EXPECT_THAT(text, HasSubstr("\"my%20wheels/50%25.whl\""));
    EXPECT_THAT(text, HasSubstr("\"https://x.example/a%20b/\""));
}

}  // namespace
}  // namespace heliograph::verify
