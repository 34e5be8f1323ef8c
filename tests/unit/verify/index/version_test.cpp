// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/version.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::verify {
namespace {

Version version(std::string_view text) {
    const auto parsed = parse_version(text);
    EXPECT_TRUE(test::succeeded(parsed)) << text;
    return parsed.value();
}

TEST(Version, OrdersAsTheStandardsLongExample) {
    const std::vector<std::string> ascending{
        "1.dev0",
        "1.0.dev456",
        "1.0a1",
        "1.0a2.dev456",
        "1.0a12.dev456",
        "1.0a12",
        "1.0b1.dev456",
        "1.0b2",
        "1.0b2.post345.dev456",
        "1.0b2.post345",
        "1.0rc1.dev456",
        "1.0rc1",
        "1.0",
        "1.0+abc.5",
        "1.0+abc.7",
        "1.0+5",
        "1.0.post456.dev34",
        "1.0.post456",
        "1.0.15",
        "1.1.dev1",
        "1!0.1"};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            EXPECT_EQ(version(ascending[i]) <=> version(ascending[j]), i <=> j)
                << ascending[i] << " " << ascending[j];
        }
    }
}

TEST(Version, IgnoresTrailingZerosOfTheRelease) {
    EXPECT_EQ(version("1"), version("1.0.0"));
    EXPECT_EQ(version("1.0").text(), "1.0");
    EXPECT_LT(version("1.0"), version("1.0.1"));
}

TEST(Version, NormalisesSpellings) {
    EXPECT_EQ(version("v1.0-ALPHA_1").text(), "1.0a1");
    EXPECT_EQ(version("1.0preview").text(), "1.0rc0");
    EXPECT_EQ(version("1.0-2").text(), "1.0.post2");
    EXPECT_EQ(version("1.0.rev3").text(), "1.0.post3");
    EXPECT_EQ(version("1.0dev").text(), "1.0.dev0");
    EXPECT_EQ(version("0!01.002+Ubuntu-007").text(), "1.2+ubuntu.7");
    EXPECT_EQ(version("  1.0\n").text(), "1.0");
}

TEST(Version, ComparesNumbersBeyond64Bits) {
    EXPECT_LT(version("20260102030405060708090"), version("20260102030405060708091"));
    EXPECT_LT(version("9"), version("100000000000000000000"));
}

TEST(Version, KnowsItsKind) {
    EXPECT_TRUE(version("1.0rc1").is_prerelease());
    EXPECT_TRUE(version("1.0.dev1").is_prerelease());
    EXPECT_FALSE(version("1.0.post1").is_prerelease());
    EXPECT_TRUE(version("1.0.post1").is_postrelease());
    EXPECT_EQ(version("1!2.0rc1+x").base().text(), "1!2.0");
    EXPECT_EQ(version("2.0rc1+x").without_local().text(), "2.0rc1");
}

TEST(Version, RefusesOtherTexts) {
    for (const char* text :
         {"",
          "x",
          "1.",
          ".1",
          "1..0",
          "1.0-",
          "1.0+",
          "1.0+a..b",
          "1!",
          "!1",
          "1.0 a1",
          "1.0x",
          "1.0a1b1",
          "+abc",
          "1.0+a+b",
          "\xd9\xa1",
          "1.0\xc2\xa0"}) {
        test::expect_error(parse_version(text), ErrorCode::malformed);
    }
    test::expect_error(parse_version(std::string("1.0\0", 4)), ErrorCode::malformed);
    test::expect_error(parse_version(std::string(10'000, '1')), ErrorCode::too_large);
}

TEST(Version, NormalFormOfWhatIsReadCanBeReadAgain) {
    for (std::size_t size = 170; size <= 200; ++size) {
        const auto read = parse_version(std::string(size - 6, '1') + "crdev" + "0");
        if (read) {
            EXPECT_TRUE(parse_version(read->text())) << size;
        }
    }
    test::expect_error(parse_version(std::string(199, '1') + "c"), ErrorCode::too_large);
}

}  // namespace
}  // namespace heliograph::verify
