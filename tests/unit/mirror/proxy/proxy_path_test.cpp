// SPDX-License-Identifier: Apache-2.0
// Paths of requests to the proxy: the token, and what lies behind it (threat T15).
#include <mirror/proxy/proxy_path.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

const std::string token = "00112233445566778899aabbccddeeff";
const std::string place = "/packages/aa/bb/" + std::string(60, '0') + "/demo-1.0-py3-none-any.whl";

TEST(ProxyPath, NeedsTheWholeToken) {
    EXPECT_EQ(path_behind_token("/" + token + "/simple/a/", token), "/simple/a/");
    EXPECT_EQ(path_behind_token("/" + token + "/", token), "/");
    for (const std::string& path :
         {std::string("/"),
          "/" + token,
          "/" + token.substr(1) + "/simple/",
          "//" + token + "/",
          "/" + token + "0/simple/",
          "/1" + token.substr(1) + "/simple/",
          std::string("/simple/a/"),
          "/" + std::string(32, '/') + "/simple/"}) {
        EXPECT_FALSE(path_behind_token(path, token)) << path;
    }
}

TEST(ProxyPath, KnowsPagesAndTheirOtherSpellings) {
    EXPECT_EQ(std::get<PageAsked>(parse_proxy_path("/simple/demo/")).project.text(), "demo");
    EXPECT_EQ(std::get<PageMoved>(parse_proxy_path("/simple/demo")).location, "demo/");
    EXPECT_EQ(std::get<PageMoved>(parse_proxy_path("/simple/My_Demo/")).location, "../my-demo/");
    EXPECT_TRUE(std::holds_alternative<RootListAsked>(parse_proxy_path("/simple/")));
}

TEST(ProxyPath, KnowsFilesAndWhatLiesBesideThem) {
    EXPECT_EQ(std::get<FileAsked>(parse_proxy_path(place)).path.absolute(), place);
    EXPECT_EQ(
        std::get<MetadataAsked>(parse_proxy_path(place + ".metadata")).path.absolute(), place
    );
    const std::string provenance = "/integrity/demo/1.0/demo-1.0-py3-none-any.whl/provenance";
    EXPECT_EQ(
        std::get<ProvenanceAsked>(parse_proxy_path(provenance)).file.text(),
        "demo-1.0-py3-none-any.whl"
    );
    EXPECT_TRUE(std::holds_alternative<VerdictAsked>(parse_proxy_path("/verdict")));
}

TEST(ProxyPath, KnowsNothingElse) {
    for (const std::string& path :
         {std::string("/"),
          std::string("/simple"),
          std::string("/simple//"),
          std::string("/simple/a/b/"),
          std::string("/simple/../etc/"),
          std::string("/simple/a b/"),
          std::string("/packages/demo.whl"),
          place + "/",
          place + ".metadata.metadata",
          std::string("/integrity/other/1.0/demo-1.0-py3-none-any.whl/provenance"),
          std::string("/integrity/demo/2.0/demo-1.0-py3-none-any.whl/provenance"),
          std::string("/integrity/provenance"),
          std::string("/verdict/"),
          std::string("/simple/") + std::string(10'000, 'a') + "/"}) {
        EXPECT_TRUE(std::holds_alternative<NothingOfThatKind>(parse_proxy_path(path))) << path;
    }
}

}  // namespace
}  // namespace heliograph::mirror
