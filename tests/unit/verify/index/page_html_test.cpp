// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/index/replaced.hpp>
#include <tests/unit/verify/index/sample_page.hpp>
#include <verify/index/page_html.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;
using test_pages::replaced;
using test_pages::sample_page;

/// The sample without what this form does not carry.
ProjectPage sample_html_page() {
    ProjectPage page = sample_page();
    for (PageFile& file : page.files) {
        file.size_bytes.reset();
        file.upload_time.reset();
    }
    return page;
}

TEST(PageHtml, ReadsBackWhatItWrote) {
    const auto page = parse_page_html(render_page_html(sample_page()));
    ASSERT_TRUE(test::succeeded(page));
    EXPECT_EQ(*page, sample_html_page());
    EXPECT_EQ(render_page_html(*page), render_page_html(sample_page()));
}

TEST(PageHtml, SaysTheSameWhicheverJsonFormIsAtHand) {
    const ProjectPage json = sample_page();
    const std::string html = render_page_html(json);
    EXPECT_EQ(parse_page_html(html, json).value(), sample_html_page());
    // Of another state of the project, or not in our writing: read from the text itself.
    const std::string newer = replaced(html, "SERIAL 42", "SERIAL 43");
    EXPECT_EQ(parse_page_html(newer, json).value(), parse_page_html(newer).value());
    EXPECT_EQ(parse_page_html(newer, json).value().serial, Serial{43});
    const std::string spaced = replaced(html, "<body>", "<body >");
    EXPECT_EQ(parse_page_html(spaced, json).value(), sample_html_page());
    expect_error(
        parse_page_html(replaced(html, "#sha256=", "#sha256=0"), json), ErrorCode::malformed
    );
}

TEST(PageHtml, HasTheNamesThatInstallersRead) {
    const std::string html = render_page_html(sample_page());
    EXPECT_NE(
        html.find("<meta name=\"pypi:repository-version\" content=\"1.4\">"), std::string::npos
    );
    EXPECT_NE(html.find("<meta name=\"heliograph:project\" content=\"demo\">"), std::string::npos);
    EXPECT_NE(html.find("<title>Links for demo</title>"), std::string::npos);
    EXPECT_NE(html.find("data-requires-python=\"&gt;=3.7,&lt;4\""), std::string::npos);
    EXPECT_NE(html.find("data-core-metadata=\"sha256="), std::string::npos);
    EXPECT_EQ(html.find("data-dist-info-metadata"), std::string::npos);
    EXPECT_TRUE(html.ends_with("<!--SERIAL 42-->"));
}

TEST(PageHtml, EmptyPageIsAPage) {
    const ProjectPage page{
        .name = parse_project_name("demo").value(), .serial = Serial{1}, .files = {}};
    EXPECT_EQ(parse_page_html(render_page_html(page)).value(), page);
}

TEST(PageHtml, WritesControlCharactersOfAReasonAsSpaces) {
    ProjectPage page = sample_html_page();
    page.files[0].yanked = "two\nlines\x01";
    const auto read = parse_page_html(render_page_html(page));
    ASSERT_TRUE(test::succeeded(read));
    EXPECT_EQ(read->files[0].yanked, "two lines ");
}

TEST(PageHtml, RefusesAPageWithoutItsName) {
    const std::string html = render_page_html(sample_page());
    expect_error(
        parse_page_html(replaced(html, "heliograph:project", "x")),
        ErrorCode::malformed,
        "heliograph:project"
    );
    expect_error(
        parse_page_html(
            replaced(html, "<title>", "<meta name=\"heliograph:project\" content=\"b\"><title>")
        ),
        ErrorCode::malformed
    );
}

TEST(PageHtml, RefusesACutPage) {
    const std::string html = render_page_html(sample_page());
    for (std::size_t size = 0; size < html.size(); size += 7) {
        EXPECT_FALSE(parse_page_html(html.substr(0, size))) << size;
    }
}

TEST(PageHtml, RefusesAnotherMajorVersion) {
    const std::string html = render_page_html(sample_page());
    expect_error(
        parse_page_html(replaced(html, "content=\"1.4\"", "content=\"2.0\"")),
        ErrorCode::unsupported
    );
    EXPECT_TRUE(parse_page_html(replaced(html, "content=\"1.4\"", "content=\"1.9\"")));
    expect_error(
        parse_page_html(replaced(html, "content=\"1.4\"", "content=\"1\"")), ErrorCode::malformed
    );
}

TEST(PageHtml, RefusesFilesOfAnotherProject) {
    const std::string html = render_page_html(sample_page());
    expect_error(
        parse_page_html(replaced(html, "content=\"demo\"", "content=\"other\"")),
        ErrorCode::malformed,
        "project other"
    );
}

TEST(PageHtml, RefusesLinksThatAreNotTheFilesOwnPlace) {
    const std::string html = render_page_html(sample_page());
    expect_error(
        parse_page_html(replaced(html, "../../packages", "https://x.example/packages")),
        ErrorCode::malformed
    );
    expect_error(parse_page_html(replaced(html, "#sha256=", "#md5=")), ErrorCode::malformed);
    const std::string digest = sample_page().files[0].sha256.to_hex();
    std::string other = digest;
    other[63] = other[63] == '0' ? '1' : '0';
    expect_error(
        parse_page_html(replaced(html, "#sha256=" + digest, "#sha256=" + other)),
        ErrorCode::malformed
    );
}

TEST(PageHtml, RefusesAFileTwice) {
    const std::string html = render_page_html(sample_page());
    const std::size_t begin = html.find("<a ");
    const std::string line = html.substr(begin, html.find('\n', begin) - begin + 1);
    expect_error(parse_page_html(replaced(html, line, line + line)), ErrorCode::malformed, "once");
}

TEST(PageHtml, RefusesHostileMarkup) {
    const std::string html = render_page_html(sample_page());
    const auto with = [&](const std::string& text) {
        return replaced(html, "<h1>", text + "<h1>");
    };
    for (const std::string& text :
         {std::string("<script>x</script>"),
          std::string("<div>"),
          std::string("<p>"),
          std::string("</body>"),
          std::string("<p><a></p></a>"),
          std::string("<p x=y></p>"),
          std::string("<p x=\"y></p>"),
          std::string("<!-- a -- b -->"),
          std::string("<!-->"),
          std::string("<!--->"),
          std::string("<![CDATA[x]]>"),
          std::string("<?xml?>"),
          std::string("<"),
          std::string("<template></template>")}) {
        expect_error(parse_page_html(with(text)), ErrorCode::malformed);
    }
    expect_error(parse_page_html(with(std::string("\0", 1))), ErrorCode::malformed);
    expect_error(parse_page_html(with("\xff")), ErrorCode::malformed);
    expect_error(parse_page_html(with("\xed\xa0\x80")), ErrorCode::malformed);
}

TEST(PageHtml, RefusesDeepNestingWithoutDescending) {
    std::string html = render_page_html(sample_page());
    std::string bomb;
    for (int i = 0; i < 1'000'000; ++i) {
        bomb += "<p>";
    }
    expect_error(
        parse_page_html(replaced(html, "<h1>", bomb + "<h1>")), ErrorCode::malformed, "deep"
    );
}

TEST(PageHtml, RefusesTooManyElements) {
    std::string html = render_page_html(sample_page());
    std::string bomb;
    for (int i = 0; i < 500'000; ++i) {
        bomb += "<br>";
    }
    expect_error(parse_page_html(replaced(html, "<h1>", bomb + "<h1>")), ErrorCode::too_large);
}

TEST(PageHtml, RefusesSerialsThatAreNone) {
    const std::string html = render_page_html(sample_page());
    for (const char* serial :
         {"", "-1", "042", "x", "42x", "99999999999999999999", "9007199254740992"}) {
        EXPECT_FALSE(parse_page_html(replaced(html, "SERIAL 42", std::string("SERIAL ") + serial)))
            << serial;
    }
}

TEST(PageHtml, SaysStatusAndProvenanceAsTheStandardsDo) {
    const std::string html = render_page_html(sample_page());
    for (const char* text :
         {"<meta name=\"pypi:project-status\" content=\"archived\">",
          "<meta name=\"pypi:project-status-reason\" content=\"done: &quot;&lt;&amp;&gt;&quot;\">",
          " data-provenance=\"../../integrity/demo/1.9/demo-1.9.tar.gz/provenance#sha256="}) {
        EXPECT_NE(html.find(text), std::string::npos) << text;
    }
}

TEST(PageHtml, RefusesFilesOfAQuarantinedProject) {
    const std::string html = render_page_html(sample_page());
    expect_error(
        parse_page_html(replaced(html, "content=\"archived\"", "content=\"quarantined\"")),
        ErrorCode::malformed,
        "quarantined"
    );
}

}  // namespace
}  // namespace heliograph::verify
