// SPDX-License-Identifier: Apache-2.0
// Reports of checks in the forms that other programs read.
#include <verify/report/check_report.hpp>
#include <verify/report/github.hpp>
#include <verify/report/gitlab.hpp>
#include <verify/report/junit.hpp>
#include <verify/report/plain_text.hpp>
#include <verify/report/sarif.hpp>
#include <verify/report/xml_text.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(Sarif, GivesEveryResultAPlaceThatIsNoHost) {
    CheckReport report{
        "a tool", {{"nope==1"}, {"x", "javascript://%0aalert(1)"}, {"y", "//evil/z"}}};
    report.items.front().line = 7;
    const auto text = render_json(sarif_of(report));
    EXPECT_THAT(text, HasSubstr("\"uri\":\"nope==1\"},\"region\":{\"startLine\":7}"));
    EXPECT_THAT(text, HasSubstr("\"javascript%3A//%250aalert(1)\""));
    EXPECT_THAT(text, HasSubstr("\"uri\":\"/evil/z\""));
}

TEST(WorkflowCommands, NameTheLineOfALock) {
    CheckReport report{"verify lock", {{"wheel==1", "requirements.txt"}}};
    report.items.front().line = 3;
    EXPECT_TRUE(github_commands_of(report).starts_with("::error file=requirements.txt,line=3,title="
    ));
    EXPECT_THAT(render_json(gitlab_of(report)), HasSubstr("\"begin\":3"));
}

// An item whose texts try to leave the place that they are put in.
CheckReport hostile_report() {
    CheckReport report{"verify tree", {right_item(), {"file <b>", "x,y:z\n::error::owned\r%0A"}}};
    auto& item = report.items.back();
    item.verdict.add(
        {.id = "file-hash-mismatch",
         .subject = "a \"quoted\" <b> & 100%",
         .expected = "one\n::error::owned",
         .seen = "\x1b[2J]]>"}
    );
    item.verdict.add({.id = "file-yanked", .severity = Severity::warning, .subject = "y"});
    report.items.push_back({"file c", "c", {}, Error(ErrorCode::io, "gone")});
    return report;
}

TEST(WorkflowCommands, AreOneLineEachWhateverIsInThem) {
    const auto text = github_commands_of(hostile_report());
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
    EXPECT_THAT(
        text,
        HasSubstr("::error file=x%2Cy%3Az?%3A%3Aerror%3A%3Aowned?%250A,title=file-hash-mismatch::"
                  "a \"quoted\" <b> & 100%25: expected one?::error::owned")
    );
    EXPECT_THAT(text, HasSubstr("\n::warning file="));
    EXPECT_THAT(text, HasSubstr("::error file=c,title=not-checked::file c: "));
    EXPECT_TRUE(text.ends_with("::notice title=verify tree::verified 1 of 3\n"));
    // A URL is no file that a code host could show.
    CheckReport served{"verify index", {{"page", "https://x.example/"}}};
    EXPECT_TRUE(github_commands_of(served).starts_with("::error title=nothing-checked::"));
}

TEST(JUnit, CountsFailuresAndErrorsApart) {
    const auto xml = junit_of(hostile_report());
    EXPECT_THAT(xml, HasSubstr("tests=\"3\" failures=\"1\" errors=\"1\""));
    EXPECT_THAT(
        xml,
        HasSubstr("<failure type=\"file-hash-mismatch\" message=\"a &quot;quoted&quot; &lt;b&gt; "
                  "&amp; 100%")
    );
    EXPECT_THAT(xml, HasSubstr("<error type=\"not-checked\""));
    EXPECT_THAT(xml, HasSubstr("<system-out>y: "));
    EXPECT_EQ(xml.find('\x1b'), std::string::npos);
}

TEST(CodeQuality, KnowsAFindingAgainByItsFingerprint) {
    auto report = hostile_report();
    const auto first = gitlab_of(report);
    auto& item = report.items[1];
    Verdict again;
    auto finding = item.verdict.findings().front();
    finding.seen = "other bytes this time";
    again.add(finding);
    item.verdict = std::move(again);
    const auto second = gitlab_of(report);
    const auto text_of_first = [](const JsonValue& issues, std::string_view member) {
        return issues.if_array()->front().text_member(member).value();
    };
    EXPECT_EQ(text_of_first(first, "fingerprint"), text_of_first(second, "fingerprint"));
    EXPECT_NE(text_of_first(first, "description"), text_of_first(second, "description"));
    EXPECT_EQ(text_of_first(first, "severity"), "critical");
    EXPECT_EQ(first.if_array()->size(), 3U);
    const auto* place = first.if_array()->back().find("location");
    EXPECT_EQ(place->text_member("path").value(), "c");
    EXPECT_EQ(place->find("lines")->integer_member("begin").value(), 1);
}

TEST(PlainText, SaysWhatHoldsAndWhatDoesNot) {
    const auto text = plain_text_of(hostile_report());
    EXPECT_TRUE(text.starts_with("verified file a.whl (wheels/a.whl)\nerror: "));
    EXPECT_TRUE(text.ends_with("\nverified 1 of 3\n"));
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(XmlText, NeitherEndsAnAttributeNorAnElement) {
    EXPECT_EQ(encode_xml_text("a <b> & \"c\" 'd'"), "a &lt;b&gt; &amp; &quot;c&quot; 'd'");
    EXPECT_EQ(encode_xml_text("one\ntwo\r\t\x1b\x7f\xc3\xbc"), "one\ntwo")
        << "what XML cannot hold";
    EXPECT_EQ(encode_xml_text(std::string_view("\0", 1)), "");
}

}  // namespace
}  // namespace heliograph::verify
