// SPDX-License-Identifier: Apache-2.0
// Pages and lists of servers that are not ours: read in each dialect, and refused where a reader
// might be led astray. Threats T15, T17.
#include <tests/support/expect_error.hpp>
#include <verify/index/foreign_page.hpp>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;

const std::string foreign_hex(64, 'a');

ProjectName demo_name() {
    return parse_normalised_name("demo").value();
}

std::string json_page(const std::string& files, const std::string& more = "") {
    return R"({"meta":{"api-version":"1.1"},"name":"Demo","files":[)" + files + "]" + more + "}";
}

std::string json_file(const std::string& name, const std::string& more = "") {
    return R"({"filename":")" + name + R"(","url":"https://files.example/)" + name +
           R"(","hashes":{"sha256":")" + foreign_hex + "\"}" + more + "}";
}

Result<ForeignPage> read_json(const std::string& text) {
    return parse_foreign_page(demo_name(), text, PageForm::json);
}
Result<ForeignPage> read_html(const std::string& body) {
    return parse_foreign_page(
        demo_name(), "<html><body>" + body + "</body></html>", PageForm::html
    );
}

TEST(ForeignPageJson, GivesFilesInPageOrderWithoutSerialsOrSizes) {
    const auto page = read_json(
        json_page(json_file("demo-2.0.tar.gz") + "," + json_file("demo-1.0-py3-none-any.whl"))
    );
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->files.size(), 2U);
    EXPECT_EQ(page->files[0].name.text(), "demo-1.0-py3-none-any.whl");
    EXPECT_FALSE(page->serial.has_value());
    EXPECT_FALSE(page->files[0].size_bytes.has_value());
    EXPECT_TRUE(page->files[0].sha256.has_value());
}

TEST(ForeignPageJson, ReadsEveryNameOfTheMetadataMember) {
    for (const auto* member : {"core-metadata", "data-dist-info-metadata", "dist-info-metadata"}) {
        const auto page = read_json(json_page(json_file(
            "demo-1.0.tar.gz",
            std::string(",\"") + member + R"(":{"sha256":")" + foreign_hex + "\"}"
        )));
        ASSERT_TRUE(page.has_value()) << member;
        EXPECT_TRUE(page->files[0].core_metadata.has_value()) << member;
    }
    const auto unproven =
        read_json(json_page(json_file("demo-1.0.tar.gz", R"(,"core-metadata":true)")));
    EXPECT_FALSE(unproven->files[0].core_metadata.has_value()) << "no digest, no evidence";
}

TEST(ForeignPageJson, ReadsYanksInBothWays) {
    const auto page = read_json(json_page(
        json_file("demo-1.0.tar.gz", R"(,"yanked":true)") + "," +
        json_file("demo-2.0.tar.gz", R"(,"yanked":"bad\u0007news")") + "," +
        json_file("demo-3.0.tar.gz", R"(,"yanked":false)")
    ));
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->files[0].yanked, "");
    EXPECT_EQ(page->files[1].yanked, "bad news") << "control characters steer terminals";
    EXPECT_FALSE(page->files[2].yanked.has_value());
}

TEST(ForeignPageJson, LeavesOutWhatIsNoDistributionOfTheProject) {
    const auto page = read_json(json_page(
        json_file("demo-1.0.tar.gz") + "," + json_file("demo-1.0-py2.7.egg") + "," +
        json_file("evil-1.0.tar.gz") + R"(,{"filename":"../../etc/passwd","url":"x","hashes":{}})"
    ));
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->files.size(), 1U);
    EXPECT_EQ(page->left_out.size(), 3U);
}

TEST(ForeignPageJson, OffersNothingOfAQuarantinedProject) {
    const auto page = read_json(
        json_page(json_file("demo-1.0.tar.gz"), R"(,"project-status":{"status":"quarantined"})")
    );
    ASSERT_TRUE(page.has_value());
    EXPECT_TRUE(page->files.empty());
    EXPECT_EQ(page->mark.status, ProjectStatus::quarantined);
}

TEST(ForeignPageJson, RefusesWhatCouldBeReadInTwoWays) {
    expect_error(
        read_json(json_page(json_file("demo-1.0.tar.gz") + "," + json_file("demo-1.0.tar.gz"))),
        ErrorCode::malformed
    );
    expect_error(
        read_json(json_page(json_file("demo-1.0.tar.gz", R"(,"size":-1)"))), ErrorCode::malformed
    );
    expect_error(
        read_json(json_page(json_file("demo-1.0.tar.gz", R"(,"yanked":7)"))), ErrorCode::malformed
    );
    expect_error(
        read_json(json_page("", R"(,"project-status":{"status":"odd"})")), ErrorCode::malformed
    );
    expect_error(
        read_json(R"({"meta":{"api-version":"1.0"},"name":"other","files":[]})"),
        ErrorCode::malformed
    );
    expect_error(
        read_json(R"({"meta":{"api-version":"2.0"},"name":"demo","files":[]})"),
        ErrorCode::unsupported
    );
    expect_error(
        read_json(R"({"meta":{"api-version":"1.0","_last-serial":-4},"name":"demo","files":[]})"),
        ErrorCode::malformed
    );
}

TEST(ForeignPageJson, RefusesADigestThatIsNone) {
    expect_error(
        read_json(json_page(R"({"filename":"demo-1.0.tar.gz","url":"x","hashes":{"sha256":"12"}})")
        ),
        ErrorCode::malformed
    );
}

TEST(ForeignPageHtml, ReadsLinksAsOldServersWriteThem) {
    const auto page = read_html(
        "<h1>Links for demo</h1><a href=\"/packages/demo-1.0.tar.gz#sha256=" + foreign_hex +
        "\" data-requires-python=\"&gt;=3.6\" data-yanked=\"\"> demo-1.0.tar.gz </a><br/>"
        "<a href=\"demo-2.0.tar.gz#md5=900150983cd24fb0d6963f7d28e17f72\">demo-2.0.tar.gz</a>"
    );
    ASSERT_TRUE(page.has_value());
    ASSERT_EQ(page->files.size(), 2U);
    EXPECT_EQ(page->files[0].url, "/packages/demo-1.0.tar.gz");
    EXPECT_EQ(page->files[0].requires_python, ">=3.6");
    EXPECT_EQ(page->files[0].yanked, "");
    EXPECT_FALSE(page->files[1].sha256.has_value()) << "MD5 proves nothing";
}

TEST(ForeignPageHtml, RefusesWhatTheGuardRefuses) {
    expect_error(read_html("<script>alert(1)</script>"), ErrorCode::malformed);
    expect_error(read_html("<a href=\"x\">never closed"), ErrorCode::malformed);
    expect_error(read_html("\xff\xfe"), ErrorCode::malformed);
}

TEST(ForeignListTest, SortsNamesAndTakesTwoSpellingsForOne) {
    const auto list = parse_foreign_list(
        R"({"meta":{"api-version":"1.0","_last-serial":9},"projects":[{"name":"Zope.Interface","_last-serial":3},
            {"name":"abc","_last-serial":9},{"name":"zope_interface","_last-serial":5},{"name":"-no name-"}]})",
        PageForm::json
    );
    ASSERT_TRUE(list.has_value());
    ASSERT_EQ(list->projects.size(), 2U);
    EXPECT_EQ(list->projects[1].name.text(), "zope-interface");
    EXPECT_EQ(list->projects[1].serial, Serial{5});
    EXPECT_EQ(list->serial, Serial{9});
}

// A value takes up to 80 bytes of memory, whatever it takes of the text.
TEST(ForeignListTest, CostsNoMoreThanItsTextIsWorth) {
    const auto list_with = [](const std::string& more) {
        return parse_foreign_list(
            R"({"meta":{"api-version":"1.0"},"projects":[{"name":"a"}],"x":[)" + more + "]}",
            PageForm::json
        );
    };
    std::string empty;
    for (int count = 0; count < 20'000; ++count) {
        empty += "[],";
    }
    expect_error(list_with(empty + "[]"), ErrorCode::too_large);
    expect_error(list_with("[[[[[[]]]]]]"), ErrorCode::too_large);
    EXPECT_TRUE(list_with("[[[]]]").has_value());
    // The shortest that an honest list can say of its projects.
    std::string honest;
    for (int count = 0; count < 20'000; ++count) {
        honest += (count == 0 ? R"({"name":"p)" : R"(,{"name":"p)") + std::to_string(count) + "\"}";
    }
    const auto list = parse_foreign_list(
        R"({"meta":{"api-version":"1.0"},"projects":[)" + honest + "]}", PageForm::json
    );
    ASSERT_TRUE(list.has_value());
    EXPECT_EQ(list->projects.size(), 20'000U);
}

TEST(ForeignListTest, ReadsHtml) {
    const auto list = parse_foreign_list(
        "<!DOCTYPE html><html><body><a href=\"/simple/abc/\">ABC</a><br><a href=\"x/\">Foo.Bar</a>"
        "</body></html>",
        PageForm::html
    );
    ASSERT_TRUE(list.has_value());
    ASSERT_EQ(list->projects.size(), 2U);
    EXPECT_EQ(list->projects[1].name.text(), "foo-bar");
    EXPECT_FALSE(list->projects[0].serial.has_value());
}

}  // namespace
}  // namespace heliograph::verify
