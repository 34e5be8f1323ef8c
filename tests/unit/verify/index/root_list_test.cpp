// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/root_list.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

RootList sample() {
    return {
        .serial = Serial{9},
        .projects = {
            {parse_project_name("a").value(), Serial{9}},
            {parse_project_name("b-c").value(), Serial{3}},
        }};
}

TEST(RootList, JsonReadsBackWhatItWrote) {
    EXPECT_EQ(parse_root_json(render_root(sample(), PageForm::json)).value(), sample());
}

TEST(RootList, HtmlLinksEveryProject) {
    const std::string html = render_root(sample(), PageForm::html);
    EXPECT_NE(html.find("<a href=\"b-c/\">b-c</a>"), std::string::npos);
    EXPECT_TRUE(html.ends_with("<!--SERIAL 9-->"));
}

TEST(RootList, RefusesUnorderedTwiceAndUnnormalisedNames) {
    RootList list = sample();
    std::swap(list.projects[0], list.projects[1]);
    test::expect_error(
        parse_root_json(render_root(list, PageForm::json)), ErrorCode::malformed, "ascending"
    );
    list.projects[1] = list.projects[0];
    test::expect_error(
        parse_root_json(render_root(list, PageForm::json)), ErrorCode::malformed, "ascending"
    );
    std::string json = render_root(sample(), PageForm::json);
    json.replace(json.find("b-c"), 3, "b_c");
    test::expect_error(parse_root_json(json), ErrorCode::malformed);
}

TEST(RootList, RefusesOtherDocuments) {
    for (const char* text :
         {"", "{}", "[]", "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[]}"}) {
        test::expect_error(parse_root_json(text), ErrorCode::malformed);
    }
    test::expect_error(
        parse_root_json("{\"meta\":{\"api-version\":\"2.0\",\"_last-serial\":1},\"projects\":[]}"),
        ErrorCode::unsupported
    );
}

TEST(RootList, GivesTheSameBytesInPartsAsWhole) {
    RootList list{.serial = Serial{9}, .projects = {}};
    for (const char* name : {"a", "b", "c-d", "e"}) {
        list.projects.push_back(
            {.name = parse_normalised_name(name).value(), .serial = Serial{list.projects.size()}}
        );
    }
    for (const auto form : {PageForm::html, PageForm::json}) {
        const std::span<const RootEntry> all(list.projects);
        const std::string first = render_root_part(all.first(1), form);
        const std::string second = render_root_part(all.subspan(1), form);
        EXPECT_EQ(join_root(list.serial, form, {first, second}), render_root(list, form));
        EXPECT_EQ(join_root(list.serial, form, {}), render_root({list.serial, {}}, form));
    }
    EXPECT_EQ(parse_root_json(render_root(list, PageForm::json)).value(), list);
}

}  // namespace
}  // namespace heliograph::verify
