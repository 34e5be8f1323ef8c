// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <verify/index/project_name.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;

TEST(ProjectName, NormalisesRunsOfSeparatorsAndCase) {
    const auto name = parse_project_name("Zope.._-Interface");
    ASSERT_TRUE(name);
    EXPECT_EQ(name->text(), "zope-interface");
}

TEST(ProjectName, KeepsDigitsAndSingleLetters) {
    EXPECT_EQ(parse_project_name("a")->text(), "a");
    EXPECT_EQ(parse_project_name("2to3")->text(), "2to3");
}

TEST(ProjectName, RefusesSeparatorsAtTheEnds) {
    for (const char* text : {"-a", "a-", "_a", "a.", ".", "-", "..", "a__"}) {
        expect_error(parse_project_name(text), ErrorCode::malformed);
    }
}

TEST(ProjectName, RefusesWhatCouldBecomeAPath) {
    for (const char* text :
         {"../etc", "/etc/passwd", "a/b", "a\\b", "..", "a b", "a%2fb", "C:", "a?b", "a#b"}) {
        expect_error(parse_project_name(text), ErrorCode::malformed);
    }
}

TEST(ProjectName, RefusesNulControlAndBytesOutsideAscii) {
    expect_error(parse_project_name(std::string("a\0b", 3)), ErrorCode::malformed);
    expect_error(parse_project_name("a\nb"), ErrorCode::malformed);
    expect_error(parse_project_name("whe\xc3\xa9l"), ErrorCode::malformed);
    expect_error(
        parse_project_name("\xd0\xb0"), ErrorCode::malformed
    );  // Cyrillic look-alike of `a`
}

TEST(ProjectName, RefusesEmptyAndOverlongNames) {
    expect_error(parse_project_name(""), ErrorCode::malformed);
    expect_error(parse_project_name(std::string(10'000, 'a')), ErrorCode::too_large);
    EXPECT_TRUE(parse_project_name(std::string(200, 'a')));
    expect_error(parse_project_name(std::string(201, 'a')), ErrorCode::too_large);
}

TEST(ProjectName, OnlyNormalisedSpellingPassesAsNormalised) {
    EXPECT_TRUE(parse_normalised_name("zope-interface"));
    expect_error(parse_normalised_name("zope.interface"), ErrorCode::malformed, "zope-interface");
    expect_error(parse_normalised_name("Wheel"), ErrorCode::malformed);
}

TEST(ProjectName, DoesNotEchoControlCharactersInItsError) {
    const auto name = parse_project_name("\x1b[31mred");
    ASSERT_FALSE(name);
    EXPECT_EQ(name.error().message().find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace heliograph::verify
