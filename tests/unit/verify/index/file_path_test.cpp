// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/file_path.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

const std::string hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string tail = "01/23/" + hex.substr(4) + "/a-1.zip";

TEST(FilePath, RendersAndParsesBack) {
    const FilePath path(
        pki::Sha256::parse_hex(hex).value(), parse_dist_file_name("a-1.zip").value()
    );
    EXPECT_EQ(path.absolute(), "/packages/" + tail);
    EXPECT_EQ(path.relative_to_page(), "../../packages/" + tail);
    EXPECT_EQ(parse_file_path(path.absolute()).value(), path);
    EXPECT_EQ(parse_page_link(path.relative_to_page()).value(), path);
    EXPECT_EQ(parse_page_link(path.absolute()).value(), path);
}

TEST(FilePath, RefusesOtherShapes) {
    for (const std::string& text :
         {std::string(),
          std::string("/packages/"),
          "/packages/" + tail.substr(1),
          "packages/" + tail,
          "/Packages/" + tail,
          "/packages/01/23/" + hex.substr(4) + "/../a-1.zip",
          "/packages/01/23/" + hex.substr(4) + "/",
          "/packages/01-23-" + hex.substr(4) + "/a-1.zip",
          "/packages/" + tail + "?x",
          "/packages/" + tail + "/"}) {
        test::expect_error(parse_file_path(text), ErrorCode::malformed);
    }
    std::string upper = "/packages/" + tail;
    upper[16 + 10] = 'A';
    test::expect_error(parse_file_path(upper), ErrorCode::malformed);
}

TEST(FilePath, RefusesLinksToOtherPlaces) {
    for (const std::string& text :
         {"https://elsewhere.example/packages/" + tail,
          "//elsewhere.example/packages/" + tail,
          "../packages/" + tail,
          "../../../packages/" + tail,
          std::string("../../../../etc/passwd"),
          std::string("javascript:alert(1)"),
          "file:///packages/" + tail}) {
        test::expect_error(parse_page_link(text), ErrorCode::malformed);
    }
}

}  // namespace
}  // namespace heliograph::verify
