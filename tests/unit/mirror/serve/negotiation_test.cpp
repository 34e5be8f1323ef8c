// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/negotiation.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

constexpr const char* json = "application/vnd.pypi.simple.v1+json";
constexpr const char* html = "application/vnd.pypi.simple.v1+html";

struct AcceptRow {
    const char* accept;
    std::optional<PageType> expected;
};

TEST(Negotiation, FollowsTheTable) {
    const AcceptRow rows[] = {
        // What installers and people send.
        {"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
         "text/html; q=0.01",
         PageType::json},
        {"application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
         "text/html;q=0.01",
         PageType::json},
        {"text/html", PageType::text_html},
        {"*/*", PageType::text_html},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", PageType::text_html},
        // One type each.
        {json, PageType::json},
        {html, PageType::html_v1},
        {"application/vnd.pypi.simple.latest+json", PageType::json},
        {"application/vnd.pypi.simple.latest+html", PageType::html_v1},
        {"APPLICATION/VND.PyPI.Simple.V1+JSON", PageType::json},
        // Quality decides.
        {"text/html;q=0.9, application/vnd.pypi.simple.v1+json;q=0.8", PageType::text_html},
        {"text/html;q=0.800, application/vnd.pypi.simple.v1+json;q=0.801", PageType::json},
        {"application/vnd.pypi.simple.v1+json;q=0, text/html", PageType::text_html},
        {"application/vnd.pypi.simple.v1+json;q=0, */*", PageType::text_html},
        {"text/html;q=0, */*", PageType::json},
        {"text/*;q=0.5, application/*;q=0.4", PageType::text_html},
        {"application/*", PageType::json},
        {"text/*", PageType::text_html},
        // Among equals: the richest that is named, HTML when nothing is.
        {"text/html, application/vnd.pypi.simple.v1+json", PageType::json},
        {"text/html, application/vnd.pypi.simple.v1+html", PageType::html_v1},
        {"*/*, application/vnd.pypi.simple.v1+json", PageType::json},
        {"*/*;q=0.5, text/html;q=0.5", PageType::text_html},
        // The closest range decides over an offer.
        {"*/*;q=0.9, application/vnd.pypi.simple.v1+json;q=0.1", PageType::text_html},
        // Parameters, spaces, rubbish beside something good.
        {" text/html ; charset=utf-8 ; q=0.3 ", PageType::text_html},
        {"text/html;x=\"a,b;q=0\"", PageType::text_html},
        {"rubbish, ,;q=1, text/html", PageType::text_html},
        {"text/html;q=2, application/vnd.pypi.simple.v1+json;q=0.1", PageType::json},
        {"text/html;q=0.1234, application/vnd.pypi.simple.v1+json;q=0.1", PageType::json},
        // Nothing that we have.
        {"application/json", std::nullopt},
        {"application/vnd.pypi.simple.v2+json", std::nullopt},
        {"text/plain", std::nullopt},
        {"text/html;q=0", std::nullopt},
        {"*/*;q=0", std::nullopt},
        {"*/*;q=0.000", std::nullopt},
        {"*/html", std::nullopt},
        {"", std::nullopt},
        {";;;,,,", std::nullopt},
    };
    for (const AcceptRow& row : rows) {
        EXPECT_EQ(choose_page_type({row.accept, {}}), row.expected) << row.accept;
    }
}

TEST(Negotiation, TakesNoAcceptForAnything) {
    EXPECT_EQ(choose_page_type({}), PageType::text_html);
}

TEST(Negotiation, LetsTheFormatWinOverAccept) {
    EXPECT_EQ(choose_page_type({"text/html", json}), PageType::json);
    EXPECT_EQ(
        choose_page_type({json, "application/vnd.pypi.simple.latest+html"}), PageType::html_v1
    );
    EXPECT_EQ(choose_page_type({json, "text/html"}), PageType::text_html);
    EXPECT_EQ(choose_page_type({json, "application/json"}), std::nullopt);
    EXPECT_EQ(choose_page_type({json, ""}), std::nullopt);
}

TEST(Negotiation, NamesItsTypes) {
    EXPECT_EQ(content_type(PageType::json), json);
    EXPECT_EQ(content_type(PageType::html_v1), html);
    EXPECT_EQ(content_type(PageType::text_html), "text/html; charset=utf-8");
    EXPECT_EQ(page_form(PageType::json), verify::PageForm::json);
    EXPECT_EQ(page_form(PageType::html_v1), verify::PageForm::html);
}

TEST(ParseAccept, RoundTripsThroughItsCanonicalText) {
    const auto ranges = parse_accept("Text/HTML;q=0.25, */* ;q=0.001, a/b;q=1.0, c/*;q=0");
    EXPECT_EQ(render_accept(ranges), "text/html;q=0.250, */*;q=0.001, a/b, c/*;q=0.000");
    EXPECT_EQ(parse_accept(render_accept(ranges)), ranges);
}

}  // namespace
}  // namespace heliograph::mirror
