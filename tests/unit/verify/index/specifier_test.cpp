// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/specifier.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

bool accepts(std::string_view specifier, std::string_view version) {
    const auto set = parse_specifier_set(specifier);
    EXPECT_TRUE(test::succeeded(set)) << specifier;
    return set->accepts(parse_version(version).value());
}

TEST(SpecifierSet, EmptyAcceptsEverything) {
    EXPECT_TRUE(accepts("", "1.0"));
    EXPECT_TRUE(accepts("  ", "1.0rc1"));
}

TEST(SpecifierSet, AllClausesMustHold) {
    EXPECT_TRUE(accepts(">=1.2, !=1.5.*, <2", "1.4"));
    EXPECT_FALSE(accepts(">=1.2, !=1.5.*, <2", "1.5.3"));
    EXPECT_FALSE(accepts(">=1.2, !=1.5.*, <2", "2.0"));
}

TEST(SpecifierSet, EqualIgnoresTheCandidatesLocalPartUnlessOneIsNamed) {
    EXPECT_TRUE(accepts("==1.0", "1.0+local"));
    EXPECT_TRUE(accepts("==1.0+local", "1.0+local"));
    EXPECT_FALSE(accepts("==1.0+local", "1.0"));
    EXPECT_TRUE(accepts("!=1.0+local", "1.0"));
}

TEST(SpecifierSet, PrefixPadsWithZeros) {
    EXPECT_TRUE(accepts("==1.1.0.*", "1.1"));
    EXPECT_TRUE(accepts("==1.1.*", "1.1a1"));
    EXPECT_TRUE(accepts("==1.1.*", "1.1.post1"));
    EXPECT_FALSE(accepts("==1.1.*", "1.10"));
    EXPECT_FALSE(accepts("==1.1.*", "1!1.1"));
}

TEST(SpecifierSet, CompatibleReleaseKeepsTheLeadingNumbers) {
    EXPECT_TRUE(accepts("~=2.2", "2.9"));
    EXPECT_FALSE(accepts("~=2.2", "3.0"));
    EXPECT_FALSE(accepts("~=2.2", "2.1"));
    EXPECT_TRUE(accepts("~=2.2.post3", "2.3"));
    EXPECT_FALSE(accepts("~=1.4.5", "1.5"));
}

TEST(SpecifierSet, ExclusiveOrderLeavesOutPartsOfTheNamedVersion) {
    EXPECT_FALSE(accepts(">1.7", "1.7.0.post1"));
    EXPECT_TRUE(accepts(">1.7.post2", "1.7.post3"));
    EXPECT_FALSE(accepts(">1.7", "1.7+local"));
    EXPECT_FALSE(accepts("<2.0", "2.0rc1"));
    EXPECT_TRUE(accepts("<2.0rc2", "2.0rc1"));
}

TEST(SpecifierSet, IdenticalComparesTexts) {
    EXPECT_TRUE(accepts("===1.0", "1.0"));
    EXPECT_FALSE(accepts("===1.0", "1.0.0"));
}

TEST(SpecifierSet, KnowsWhenPreReleasesAreNamedAndWhenOneVersionIsPinned) {
    EXPECT_TRUE(parse_specifier_set(">=1.0rc1")->names_prerelease());
    EXPECT_FALSE(parse_specifier_set(">=1.0")->names_prerelease());
    EXPECT_FALSE(parse_specifier_set("!=1.0rc1")->names_prerelease());
    EXPECT_TRUE(parse_specifier_set("===1.0rc1")->names_prerelease());
    EXPECT_TRUE(parse_specifier_set("==1.0")->pins_exact_version());
    EXPECT_FALSE(parse_specifier_set("==1.*")->pins_exact_version());
    EXPECT_FALSE(parse_specifier_set(">=1.0")->pins_exact_version());
}

TEST(SpecifierSet, WritesItsClausesAsGiven) {
    EXPECT_EQ(parse_specifier_set(" >= 1.0 ,<2.* , ").has_value(), false);
    EXPECT_EQ(parse_specifier_set(" >= 1.0 , ==2.* , ")->text(), ">=1.0,==2.*");
}

TEST(SpecifierSet, RefusesBadClauses) {
    for (const char* text :
         {"1.0",
          "=1.0",
          ">=",
          ">=x",
          ">=1.*",
          "==1.0.dev1.*",
          "==1.0+a.*",
          ">=1.0+local",
          "~=1",
          "===",
          "=== a b",
          "==.*",
          "==1 .*"}) {
        test::expect_error(parse_specifier_set(text), ErrorCode::malformed);
    }
}

TEST(SpecifierSet, RefusesOverlongSets) {
    std::string many;
    for (int i = 0; i < 101; ++i) {
        many += ">=1,";
    }
    test::expect_error(parse_specifier_set(many), ErrorCode::too_large);
    test::expect_error(parse_specifier_set(std::string(2001, ' ')), ErrorCode::too_large);
}

}  // namespace
}  // namespace heliograph::verify
