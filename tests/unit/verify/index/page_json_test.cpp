// SPDX-License-Identifier: Apache-2.0
#include <tests/support/case_stride.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/index/replaced.hpp>
#include <tests/unit/verify/index/sample_page.hpp>
#include <verify/index/page_json.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;
using test_pages::replaced;
using test_pages::sample_page;

TEST(PageJson, ReadsBackWhatItWrote) {
    const auto page = parse_page_json(render_page_json(sample_page()));
    ASSERT_TRUE(test::succeeded(page));
    EXPECT_EQ(*page, sample_page());
    EXPECT_EQ(render_page_json(*page), render_page_json(sample_page()));
}

TEST(PageJson, HasTheMembersThatInstallersRead) {
    const std::string json = render_page_json(sample_page());
    EXPECT_NE(json.find("\"api-version\":\"1.4\",\"_last-serial\":42"), std::string::npos);
    EXPECT_NE(json.find("\"versions\":[\"1.9\",\"1.10\"]"), std::string::npos);
    EXPECT_NE(json.find("\"upload-time\":\"2026-01-02T03:04:05Z\""), std::string::npos);
    EXPECT_NE(json.find("\"yanked\":true"), std::string::npos);
    EXPECT_NE(json.find("\"yanked\":false"), std::string::npos);
    EXPECT_EQ(json.find("dist-info-metadata"), std::string::npos);
}

TEST(PageJson, SkipsUnknownMembers) {
    const std::string json = render_page_json(sample_page());
    const auto page =
        parse_page_json(replaced(json, "\"name\":", "\"_private\":{\"x\":[1]},\"name\":"));
    ASSERT_TRUE(test::succeeded(page));
    EXPECT_EQ(*page, sample_page());
}

TEST(PageJson, ReadsMetadataWithoutDigestAsAbsent) {
    const std::string json = render_page_json(sample_page());
    const std::string object =
        "{\"sha256\":\"" + pki::sha256(bytes_of("metadata")).to_hex() + "\"}";
    const auto page =
        parse_page_json(replaced(json, "\"core-metadata\":" + object, "\"core-metadata\":true"));
    ASSERT_TRUE(test::succeeded(page));
    EXPECT_FALSE(page->files[2].core_metadata);
}

TEST(PageJson, RefusesAnotherMajorVersion) {
    const std::string json = render_page_json(sample_page());
    expect_error(parse_page_json(replaced(json, "\"1.4\"", "\"2.0\"")), ErrorCode::unsupported);
    EXPECT_TRUE(parse_page_json(replaced(json, "\"1.4\"", "\"1.9\"")));
}

TEST(PageJson, RefusesWrongNamesLinksAndDigests) {
    const std::string json = render_page_json(sample_page());
    expect_error(
        parse_page_json(replaced(json, "\"name\":\"demo\"", "\"name\":\"other\"")),
        ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"name\":\"demo\"", "\"name\":\"De.mo\"")),
        ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "../../packages", "http://x.example/packages")),
        ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"sha256\":\"", "\"md5\":\"")), ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"sha256\":\"", "\"sha256\":\"A")), ErrorCode::malformed
    );
}

TEST(PageJson, RefusesWrongKinds) {
    const std::string json = render_page_json(sample_page());
    expect_error(
        parse_page_json(replaced(json, "\"_last-serial\":42", "\"_last-serial\":\"42\"")),
        ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"_last-serial\":42", "\"_last-serial\":-1")),
        ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"_last-serial\":42", "\"x\":42")), ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"yanked\":true", "\"yanked\":7")), ErrorCode::malformed
    );
    expect_error(parse_page_json(replaced(json, "\"size\":", "\"size\":-")), ErrorCode::malformed);
    expect_error(
        parse_page_json(replaced(json, "\"versions\":[", "\"versions\":[1,")), ErrorCode::malformed
    );
    expect_error(
        parse_page_json(replaced(json, "\"2026-01-02T", "\"2026-13-02T")), ErrorCode::malformed
    );
    for (const char* text :
         {"",
          "[]",
          "null",
          "{}",
          "{\"meta\":{}}",
          "{\"meta\":[],\"name\":\"demo\",\"files\":[]}"}) {
        expect_error(parse_page_json(text), ErrorCode::malformed);
    }
}

TEST(PageJson, RefusesDuplicateMembersAndFiles) {
    const std::string json = render_page_json(sample_page());
    expect_error(
        parse_page_json(replaced(json, "\"name\":\"demo\"", "\"name\":\"demo\",\"name\":\"demo\"")),
        ErrorCode::malformed
    );
    const std::size_t begin = json.find("{\"filename\"");
    const std::string file = json.substr(begin, json.find("},{\"filename\"") - begin + 1);
    expect_error(
        parse_page_json(replaced(json, file, file + "," + file)), ErrorCode::malformed, "once"
    );
}

TEST(PageJson, RefusesDepthBombs) {
    std::string deep(10'000, '[');
    expect_error(parse_page_json(deep), ErrorCode::too_large);
}

TEST(PageJson, SaysStatusAndProvenanceAsTheStandardsDo) {
    const std::string json = render_page_json(sample_page());
    EXPECT_NE(
        json.find(R"("project-status":{"status":"archived","reason":"done: \"<&>\""})"),
        std::string::npos
    ) << json;
    EXPECT_NE(
        json.find(
            R"("provenance":"../../integrity/demo/1.9/demo-1.9.tar.gz/provenance#sha256=)" +
            pki::sha256(bytes_of("provenance")).to_hex() + "\""
        ),
        std::string::npos
    ) << json;
}

TEST(PageJson, ReadsBothSpellingsOfTheStatusAndNone) {
    const std::string json = render_page_json(sample_page());
    const auto prose = parse_page_json(replaced(json, "{\"status\":", "{\"state\":"));
    ASSERT_TRUE(test::succeeded(prose));
    EXPECT_EQ(prose->mark, sample_page().mark);
    const auto none = parse_page_json(replaced(json, "\"project-status\"", "\"x\""));
    ASSERT_TRUE(test::succeeded(none));
    EXPECT_EQ(none->mark, StatusMark{});
    expect_error(
        parse_page_json(replaced(json, "\"archived\"", "\"frozen\"")),
        ErrorCode::malformed,
        "frozen"
    );
}

TEST(PageJson, RefusesFilesOfAQuarantinedProject) {
    const std::string json = render_page_json(sample_page());
    expect_error(
        parse_page_json(replaced(json, "\"archived\"", "\"quarantined\"")),
        ErrorCode::malformed,
        "quarantined"
    );
    ProjectPage page = sample_page();
    page.mark.status = ProjectStatus::quarantined;
    page.files.clear();
    EXPECT_EQ(parse_page_json(render_page_json(page)).value(), page);
}

TEST(PageJson, RefusesProvenanceElsewhere) {
    const std::string json = render_page_json(sample_page());
    expect_error(
        parse_page_json(replaced(json, "../../integrity/demo/", "https://x.example/demo/")),
        ErrorCode::malformed,
        "provenance"
    );
}

// Our own writing has a reader of its own, a space in front leads to the general one.
TEST(PageJson, ReadsItsOwnWritingAsTheGeneralReaderDoes) {
    for (const bool plain : {true, false}) {
        ProjectPage page = sample_page();
        if (plain) {
            page.files[0].yanked = "broken";
            page.mark.reason = "done";
        }
        const std::string json = render_page_json(page);
        const auto own = parse_page_json(json);
        const auto general = parse_page_json(" " + json);
        ASSERT_TRUE(test::succeeded(own));
        ASSERT_TRUE(test::succeeded(general));
        EXPECT_EQ(*own, *general);
        EXPECT_EQ(*own, page);
        for (std::size_t i = 0; i < json.size(); i += test_support::case_stride) {
            std::string altered = json;
            altered[i] = altered[i] == '1' ? '2' : '1';
            const auto quick = parse_page_json(altered);
            const auto slow = parse_page_json(" " + altered);
            ASSERT_EQ(quick.has_value(), slow.has_value()) << altered;
            ASSERT_TRUE(!quick || *quick == *slow) << altered;
        }
    }
}

}  // namespace
}  // namespace heliograph::verify
