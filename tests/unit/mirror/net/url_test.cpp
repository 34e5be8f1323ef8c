// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/url.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace heliograph::mirror {
namespace {

TEST(Url, NormalisesSchemeHostPortAndDots) {
    const auto url = Url::parse("HTTPS://Mirror.Example:443/a/./b/../simple?x=1#top");
    ASSERT_TRUE(url) << url.error().describe();
    EXPECT_EQ(url->scheme(), UrlScheme::https);
    EXPECT_EQ(url->host(), "mirror.example");
    EXPECT_EQ(url->port(), 443);
    EXPECT_EQ(url->path(), "/a/simple");
    EXPECT_EQ(url->query(), "x=1");
    EXPECT_EQ(url->to_string(), "https://mirror.example/a/simple?x=1");
}

TEST(Url, KeepsAPortThatIsNotTheSchemesOwn) {
    const auto url = Url::parse("http://127.0.0.1:8443");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->port(), 8443);
    EXPECT_EQ(url->to_string(), "http://127.0.0.1:8443/");
    EXPECT_EQ(url->origin(), "http://127.0.0.1:8443");
}

TEST(Url, WritesIpv6InBracketsAndGivesItWithout) {
    const auto url = Url::parse("http://[::1]:8080/");
    ASSERT_TRUE(url) << url.error().describe();
    EXPECT_EQ(url->host(), "::1");
    EXPECT_EQ(url->to_string(), "http://[::1]:8080/");
}

TEST(Url, ResolvesReferencesAsPagesHoldThem) {
    const auto base = Url::parse("https://m.example:8443/mirror/simple/wheel/");
    ASSERT_TRUE(base);
    const std::tuple<const char*, const char*> cases[] = {
        {"../../packages/aa/bb/c/w.whl", "https://m.example:8443/mirror/packages/aa/bb/c/w.whl"},
        {"/serverkey.crt", "https://m.example:8443/serverkey.crt"},
        {"x", "https://m.example:8443/mirror/simple/wheel/x"},
        {"x/y.z-1/~w_", "https://m.example:8443/mirror/simple/wheel/x/y.z-1/~w_"},
        {"x/", "https://m.example:8443/mirror/simple/wheel/x/"},
        {"x/./y", "https://m.example:8443/mirror/simple/wheel/x/y"},
        {"x/../y", "https://m.example:8443/mirror/simple/wheel/y"},
        {"..", "https://m.example:8443/mirror/simple/"},
        {"...", "https://m.example:8443/mirror/simple/wheel/..."},
        {"?since=4", "https://m.example:8443/mirror/simple/wheel/?since=4"},
        {"", "https://m.example:8443/mirror/simple/wheel/"},
        {"../../../../../../etc/x", "https://m.example:8443/etc/x"},
        {"http://other.example/a", "http://other.example/a"},
        {"//other.example/a", "https://other.example/a"},
    };
    for (const auto& [reference, expected] : cases) {
        const auto url = base->resolve(reference);
        ASSERT_TRUE(url) << reference << ": " << url.error().describe();
        EXPECT_EQ(url->to_string(), expected) << reference;
    }
}

TEST(Url, ResolvesAReferenceAlikeFromAnyDocumentOfAFolder) {
    for (const char* document : {"", "index.html", "?page=2", "index.html?page=2"}) {
        const auto base = Url::parse("https://m.example/simple/" + std::string(document));
        ASSERT_TRUE(base);
        EXPECT_EQ(
            base->resolve("wheel/a.whl").value().to_string(), "https://m.example/simple/wheel/a.whl"
        ) << document;
    }
}

TEST(Url, RefusesToResolveBeyondItsLimit) {
    const auto base = Url::parse("https://m.example/" + std::string(8000, 'a') + "/");
    ASSERT_TRUE(base);
    EXPECT_TRUE(base->resolve(std::string(100, 'b')));
    test::expect_error(base->resolve(std::string(200, 'b')), ErrorCode::too_large);
}

TEST(Url, TellsOriginsApart) {
    const auto base = Url::parse("https://m.example/");
    ASSERT_TRUE(base);
    EXPECT_TRUE(base->same_origin(*Url::parse("https://M.example:443/x")));
    EXPECT_FALSE(base->same_origin(*Url::parse("http://m.example/")));
    EXPECT_FALSE(base->same_origin(*Url::parse("https://m.example:444/")));
    EXPECT_FALSE(base->same_origin(*Url::parse("https://m.example.evil/")));
}

TEST(Url, RefusesWhatIsNoUrlOfAMirror) {
    const std::tuple<std::string, ErrorCode> cases[] = {
        {"", ErrorCode::malformed},
        {"mirror.example/simple/", ErrorCode::malformed},
        {"https:/mirror.example/", ErrorCode::malformed},
        {"https:///simple/", ErrorCode::malformed},
        {"//mirror.example/", ErrorCode::malformed},
        {"https://mirror.example/a b", ErrorCode::malformed},
        {"https://mirror.example/\n", ErrorCode::malformed},
        {std::string("https://mirror.example/\0x", 25), ErrorCode::malformed},
        {"https://mirror.example\\@evil.example/", ErrorCode::malformed},
        {"https://mirr\xc3\xb6r.example/", ErrorCode::malformed},
        {"https://mirror.example:0/", ErrorCode::malformed},
        {"https://mirror.example:65536/", ErrorCode::malformed},
        {"https://%6dirror.example%00/", ErrorCode::malformed},
        {"http://0x12%41", ErrorCode::malformed},
        {"http://[fe80::1%25eth0]/", ErrorCode::malformed},
        {"ftp://mirror.example/", ErrorCode::unsupported},
        {"file:///etc/passwd", ErrorCode::malformed},
        {"https://mirror.example/" + std::string(9000, 'a'), ErrorCode::too_large},
    };
    for (const auto& [text, code] : cases) {
        const auto url = Url::parse(text);
        ASSERT_FALSE(url) << text << " became " << url->to_string();
        EXPECT_EQ(url.error().code(), code) << text << ": " << url.error().message();
    }
}

TEST(Url, RefusesCredentialsAndDoesNotRepeatThem) {
    for (const char* text :
         {"https://user:hunter2@mirror.example/", "https://hunter2@mirror.example/"}) {
        const auto url = Url::parse(text);
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().describe().find("hunter2"), std::string::npos);
    }
}

}  // namespace
}  // namespace heliograph::mirror
