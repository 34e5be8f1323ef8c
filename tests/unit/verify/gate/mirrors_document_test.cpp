// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/gate/mirrors_document.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

std::string with_mirrors(const std::string& mirrors) {
    return R"({"format":"heliograph-mirrors-1","index":"sample","serial":3,)"
           R"("expires":"2030-01-01T00:00:00Z","mirrors":)" +
           mirrors + "}";
}

std::string with_mirror(const std::string& members) {
    return with_mirrors("[{" + members + "}]");
}

TEST(MirrorsDocument, ReadsBackAsItWasWritten) {
    const MirrorsDocument document{
        .index = "sample",
        .serial = 7,
        .expires = parse_rfc3339("2030-01-01T00:00:00Z").value(),
        .mirrors = {
            {.url = "https://one.example/", .priority = 99, .weight = 1000, .region = "DE"},
            {.url = "http://127.0.0.1:8080/base/"}}};
    EXPECT_EQ(parse_mirrors_document(render_mirrors_document(document)).value(), document);
}

TEST(MirrorsDocument, FillsInWhatIsUsual) {
    const auto document = parse_mirrors_document(with_mirror(R"("url":"https://one.example/")"));
    ASSERT_TRUE(test::succeeded(document));
    EXPECT_EQ(document->mirrors.front(), PublishedMirror{.url = "https://one.example/"});
    EXPECT_EQ(document->mirrors.front().weight, usual_weight);
}

TEST(MirrorsDocument, RefusesWhatItDoesNotKnow) {
    test::expect_error(
        parse_mirrors_document(with_mirror(R"("url":"https://one.example/","key":"x")")),
        ErrorCode::malformed,
        "key"
    );
    auto other = with_mirror(R"("url":"https://one.example/")");
    other.replace(other.find("mirrors-1"), 9, "mirrors-2");
    test::expect_error(parse_mirrors_document(other), ErrorCode::unsupported);
}

TEST(MirrorsDocument, RefusesMirrorsThatNobodyCanMean) {
    for (const char* bad :
         {R"("url":"https://one.example")",
          R"("url":"ftp://one.example/")",
          R"("url":"https://user:secret@one.example/")",
          R"("url":"https://one.example/?x=/")",
          R"("url":"https://one.example/","priority":100)",
          R"("url":"https://one.example/","priority":-1)",
          R"("url":"https://one.example/","weight":0)",
          R"("url":"https://one.example/","weight":1001)",
          R"("url":"https://one.example/","weight":"5")",
          R"("url":"https://one.example/","region":"de")",
          R"("url":"https://one.example/","region":"")",
          R"("priority":1)"}) {
        test::expect_error(parse_mirrors_document(with_mirror(bad)), ErrorCode::malformed);
    }
    const std::string one = R"({"url":"https://one.example/"})";
    for (const std::string& bad :
         {std::string("[]"), "[" + one + "," + one + "]", std::string("[1]"), std::string("{}")}) {
        test::expect_error(parse_mirrors_document(with_mirrors(bad)), ErrorCode::malformed);
    }
}

TEST(MirrorsDocument, RefusesSerialZeroAndDatesThatAreNone) {
    for (const auto& [from, to] :
         {std::pair{R"("serial":3)", R"("serial":0)"},
          std::pair{"2030-01-01T00:00:00Z", "2030-13-01T00:00:00Z"},
          std::pair{R"("index":"sample")", R"("index":"")"}}) {
        auto text = with_mirror(R"("url":"https://one.example/")");
        text.replace(text.find(from), std::string(from).size(), to);
        test::expect_error(parse_mirrors_document(text), ErrorCode::malformed);
    }
}

TEST(MirrorsDocument, HasAsManyMirrorsAsAListMayHave) {
    std::string mirrors;
    for (std::size_t i = 0; i <= limits::mirrors; ++i) {
        mirrors += (i == 0 ? R"({"url":"http://127.0.0.1:)" : R"(,{"url":"http://127.0.0.1:)") +
                   std::to_string(i + 1) + R"(/"})";
        if (i + 1 == limits::mirrors) {
            EXPECT_TRUE(test::succeeded(parse_mirrors_document(with_mirrors("[" + mirrors + "]"))));
        }
    }
    test::expect_error(
        parse_mirrors_document(with_mirrors("[" + mirrors + "]")), ErrorCode::malformed
    );
    test::expect_error(
        parse_mirrors_document(std::string(mirrors_document_bytes + 1, ' ')), ErrorCode::too_large
    );
}

}  // namespace
}  // namespace heliograph::verify
