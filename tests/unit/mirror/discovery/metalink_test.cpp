// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/metalink.hpp>
#include <tests/support/expect_error.hpp>
#include <verify/index/file_path.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

const std::string wheel = "wheel-0.38.4-py3-none-any.whl";

std::string document(const std::string& inside) {
    return R"(<?xml version="1.0"?><metalink xmlns="urn:ietf:params:xml:ns:metalink">)" + inside +
           "</metalink>";
}

std::string file(const std::string& inside, const std::string& name = wheel) {
    return "<file name=\"" + name + "\">" + inside + "</file>";
}

TEST(Metalink, ReadsBackAsItWasWritten) {
    const Metalink metalink{
        {{.name = wheel,
          .size_bytes = 7,
          .sha256 = pki::sha256(bytes_of("x")),
          .urls =
              {{.url = Url::parse("https://one.example/a?x=1&y=2").value(),
                .priority = 1,
                .location = "de"},
               {.url = Url::parse("http://two.example:8080/b").value()}}},
         {.name = "other.txt"}}};
    EXPECT_EQ(parse_metalink(render_metalink(metalink)).value(), metalink);
}

TEST(Metalink, PassesOverWhatItDoesNotKnow) {
    const auto metalink = parse_metalink(document(
        R"(<generator>x</generator><published>2009</published>)" +
        file(R"(<hash type="md5">zz</hash><pieces type="sha-1" length="1"><hash>aa</hash></pieces>)"
             R"(<url>ftp://one.example/x</url><metaurl mediatype="torrent">http://t/</metaurl>)"
             R"(<signature mediatype="x">y</signature><size xmlns="urn:x">no</size>)"
             R"(<url> https://one.example/x </url>)")
    ));
    ASSERT_TRUE(test::succeeded(metalink));
    const auto& read = metalink->files.front();
    EXPECT_EQ(read.urls.size(), 1U);
    EXPECT_EQ(read.urls.front().priority, metalink_last_priority);
    EXPECT_FALSE(read.sha256);
    EXPECT_FALSE(read.size_bytes);
}

TEST(Metalink, RefusesDocumentTypesAndTheirEntities) {
    heliograph::test::expect_error(
        parse_metalink(
            "<!DOCTYPE metalink [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>" +
            document(file("<url>&b;</url>"))
        ),
        ErrorCode::malformed,
        "document type"
    );
    heliograph::test::expect_error(
        parse_metalink("<!DOCTYPE metalink SYSTEM \"file:///etc/passwd\">" + document(file(""))),
        ErrorCode::malformed,
        "document type"
    );
    EXPECT_FALSE(parse_metalink(document(file("<url>&undeclared;</url>"))));
}

TEST(Metalink, RefusesNamesThatLeadElsewhere) {
    for (const char* bad :
         {"",
          ".",
          "..",
          "../x",
          "/etc/passwd",
          "a/b",
          "a\\b",
          "C:\\x/y",
          "a&#10;b",
          "a&#x202e;b"}) {
        heliograph::test::expect_error(
            parse_metalink(document(file("", bad))), ErrorCode::malformed
        );
    }
    heliograph::test::expect_error(
        parse_metalink(document(file("", std::string(256, 'a')))), ErrorCode::malformed
    );
}

TEST(Metalink, RefusesWhatCannotBeMeant) {
    const std::string hash(64, 'a');
    for (const std::string& bad :
         {std::string("<size>-1</size>"),
          std::string("<size>1</size><size>2</size>"),
          std::string("<size>99999999999999999999</size>"),
          std::string("<hash type=\"sha-256\">abc</hash>"),
          "<hash type=\"sha-256\">" + hash + "</hash><hash type=\"sha-256\">" + hash + "</hash>",
          std::string("<url priority=\"0\">http://x/</url>"),
          std::string("<url priority=\"1000000\">http://x/</url>"),
          std::string("<url location=\"Germany\">http://x/</url>"),
          std::string("<url>https://user:secret@x/</url>"),
          std::string("<url>https:///</url>"),
          std::string("</metalink>"),
          std::string("<size>")}) {
        heliograph::test::expect_error(parse_metalink(document(file(bad))), ErrorCode::malformed);
    }
    heliograph::test::expect_error(parse_metalink(document("")), ErrorCode::malformed);
    heliograph::test::expect_error(
        parse_metalink(document(file("") + file(""))), ErrorCode::malformed, "each file once"
    );
    for (const char* other : {"", "text", "<html/>", "{}"}) {
        heliograph::test::expect_error(parse_metalink(other), ErrorCode::malformed);
    }
    heliograph::test::expect_error(
        parse_metalink("<metalink version=\"3.0\" xmlns=\"http://www.metalinker.org/\"/>"),
        ErrorCode::unsupported
    );
}

TEST(Metalink, HasLimits) {
    std::string deep;
    for (int i = 0; i < 20; ++i) {
        deep += "<a>";
    }
    heliograph::test::expect_error(parse_metalink(document(deep)), ErrorCode::too_large);
    std::string many;
    for (std::size_t i = 0; i <= metalink_files; ++i) {
        many += file("", "f" + std::to_string(i));
    }
    heliograph::test::expect_error(parse_metalink(document(many)), ErrorCode::too_large);
    std::string urls;
    for (std::size_t i = 0; i <= verify::limits::mirrors; ++i) {
        urls += "<url>http://x/" + std::to_string(i) + "</url>";
    }
    heliograph::test::expect_error(parse_metalink(document(file(urls))), ErrorCode::too_large);
    heliograph::test::expect_error(
        parse_metalink(document(file("<url>" + std::string(9000, 'x') + "</url>"))),
        ErrorCode::too_large
    );
    heliograph::test::expect_error(
        parse_metalink(std::string(metalink_bytes + 1, ' ')), ErrorCode::too_large
    );
}

TEST(Metalink, NamesMirrorsWhereItsUrlsLieAsAMirrorsDo) {
    const auto digest = pki::sha256(bytes_of("wheel"));
    const auto path =
        verify::FilePath(digest, verify::parse_dist_file_name(wheel).value()).absolute();
    const auto at = [&](const std::string& base, unsigned priority) {
        return MetalinkUrl{.url = Url::parse(base + path).value(), .priority = priority};
    };
    const Metalink metalink{
        {{.name = wheel,
          .sha256 = digest,
          .urls = {
              at("https://two.example/base", 20),
              at("https://one.example", 10),
              at("https://one.example", 30),
              {.url = Url::parse("https://x.example/" + wheel).value()}}}}};
    const auto mirrors = mirrors_of(metalink);
    ASSERT_EQ(mirrors.size(), 2U);
    EXPECT_EQ(mirrors[0].url.to_string(), "https://two.example/base/");
    EXPECT_EQ(mirrors[0].priority, 1U);
    EXPECT_EQ(mirrors[1].url.to_string(), "https://one.example/");
    EXPECT_EQ(mirrors[1].priority, 0U);
    EXPECT_EQ(mirrors[1].origin, MirrorOrigin::metalink);
}

}  // namespace
}  // namespace heliograph::mirror
