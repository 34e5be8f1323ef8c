// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/request_target.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

TEST(RequestTarget, SplitsOriginAndAbsoluteForm) {
    const auto origin = split_target("/changelog?since=5&limit=2");
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->path, "/changelog");
    EXPECT_EQ(origin->query, "since=5&limit=2");
    const auto absolute = split_target("http://mirror.example:80/simple/");
    ASSERT_TRUE(absolute);
    EXPECT_EQ(absolute->path, "/simple/");
    EXPECT_EQ(absolute->query, "");
}

TEST(RequestTarget, RefusesOtherForms) {
    for (const char* target :
         {"",
          "*",
          "mirror.example:443",
          "http://mirror.example",
          "simple/",
          "/a#b",
          "/a\\b",
          "/a b",
          "/\xc3\xb6",
          "/a\x7f",
          "ftp://mirror.example/a"}) {
        EXPECT_FALSE(split_target(target)) << target;
    }
}

TEST(DecodePath, DecodesExactlyOnce) {
    EXPECT_EQ(*decode_path("/simple/zope%2Einterface/"), "/simple/zope.interface/");
    EXPECT_EQ(*decode_path("/%2541"), "/%41");
    EXPECT_EQ(*decode_path("/a+b"), "/a+b");
    EXPECT_EQ(*decode_path("/%c3%b6"), "/\xc3\xb6");
    EXPECT_EQ(*decode_path("/%41"), "/A");
}

TEST(DecodePath, RefusesWhatCouldBecomeAnotherPath) {
    for (const char* path : {"",           "x",
                             "/..",        "/../",
                             "/a/../b",    "/.",
                             "/a/./b",     "/%2e%2e/etc/passwd",
                             "/.%2e/x",    "/a%2fb",
                             "/a%2Fb",     "/a%5cb",
                             "/%00",       "/a%0a",
                             "/a%7f",      "/%",
                             "/%4",        "/%4g",
                             "/%c3",       "/%c3%28",
                             "/%ed%a0%80", "/%f5%80%80%80",
                             "/%c0%af",    "/%e0%80%af"}) {
        EXPECT_FALSE(decode_path(path)) << path;
    }
}

TEST(QueryValue, GivesTheFirstOfItsName) {
    EXPECT_EQ(*query_value("since=5&limit=2&since=9", "since"), "5");
    EXPECT_EQ(*query_value("since=5", "limit"), std::nullopt);
    EXPECT_EQ(*query_value("", "limit"), std::nullopt);
    EXPECT_EQ(*query_value("limit", "limit"), "");
    EXPECT_EQ(*query_value("&&a=&b=1=2", "b"), "1=2");
    EXPECT_EQ(
        *query_value("format=application%2Fvnd.pypi.simple.v1%2Bjson", "format"),
        "application/vnd.pypi.simple.v1+json"
    );
}

TEST(QueryValue, RefusesABrokenEscape) {
    EXPECT_FALSE(query_value("since=%zz", "since"));
    EXPECT_FALSE(query_value("since=%2", "since"));
    EXPECT_TRUE(query_value("other=%zz&since=1", "since"));
}

}  // namespace
}  // namespace heliograph::mirror
