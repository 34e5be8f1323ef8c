// SPDX-License-Identifier: Apache-2.0
// Markers: the grammar strictly, versions as versions, names as names.
#include <mirror/requirement/marker.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

MarkerEnvironment linux_environment() {
    MarkerEnvironment environment;
    environment.set(MarkerVariable::os_name, "posix");
    environment.set(MarkerVariable::sys_platform, "linux");
    environment.set(MarkerVariable::platform_machine, "x86_64");
    environment.set(MarkerVariable::platform_release, "6.1.0-amd64");
    environment.set(MarkerVariable::python_version, "3.11");
    environment.set(MarkerVariable::python_full_version, "3.11.2");
    return environment;
}

bool applies(std::string_view text, std::string_view extra = {}) {
    const auto marker = parse_environment_marker(text);
    EXPECT_TRUE(test::succeeded(marker));
    const auto answer = marker->evaluate(linux_environment(), extra);
    EXPECT_TRUE(test::succeeded(answer));
    return answer.has_value() && *answer == MarkerAnswer::applies;
}

TEST(Marker, ComparesVersionsAsVersions) {
    EXPECT_TRUE(applies("python_version > '3.9'"));
    EXPECT_FALSE(applies("python_version < '3.9'"));
    EXPECT_TRUE(applies("'3.9' < python_version"));
    EXPECT_TRUE(applies("python_full_version ~= '3.11.1'"));
    EXPECT_TRUE(applies("python_version == '3.*'"));
    EXPECT_TRUE(applies("python_version in '3.10 3.11 3.12'"));
    EXPECT_FALSE(applies("python_version not in '3.10 3.11 3.12'"));
}

TEST(Marker, ComparesNamesAsTextWithoutOrder) {
    EXPECT_TRUE(applies("os_name == 'posix'"));
    EXPECT_TRUE(applies("sys_platform != \"win32\""));
    EXPECT_TRUE(applies("os_name >= 'posix'"));
    EXPECT_FALSE(applies("os_name > 'nt'"));
    EXPECT_TRUE(applies("'linux' in sys_platform"));
}

TEST(Marker, BindsAndTighterThanOr) {
    EXPECT_TRUE(applies("os_name == 'posix' or os_name == 'nt' and python_version < '3'"));
    EXPECT_FALSE(applies("(os_name == 'posix' or os_name == 'nt') and python_version < '3'"));
}

TEST(Marker, ComparesExtrasByTheirNormalName) {
    EXPECT_TRUE(applies("extra == 'Test_All'", "test-all"));
    EXPECT_FALSE(applies("extra == 'test'"));
    EXPECT_TRUE(applies("extra != 'test'"));
}

TEST(Marker, ReadsTheOldNames) {
    EXPECT_EQ(parse_environment_marker("os.name=='x'")->text(), "os_name == \"x\"");
    EXPECT_EQ(
        parse_environment_marker("python_implementation=='x'")->text(),
        "platform_python_implementation == \"x\""
    );
}

TEST(Marker, HasOneSpelling) {
    const auto spelling = [](std::string_view text) {
        return parse_environment_marker(text)->text();
    };
    EXPECT_EQ(
        spelling("((os_name=='a') and((extra  ==\t'b')))"), "os_name == \"a\" and extra == \"b\""
    );
    EXPECT_EQ(
        spelling("os_name == 'a' and (os_name == 'b' or os_name == 'c')"),
        "os_name == \"a\" and (os_name == \"b\" or os_name == \"c\")"
    );
    EXPECT_EQ(spelling("'a\"b' not  in os_name"), "'a\"b' not in os_name");
}

TEST(Marker, RefusesWhatIsNoMarker) {
    for (const char* text :
         {"",
          "os_name",
          "os_name ==",
          "== 'x'",
          "'a' == 'b'",
          "os_name == sys_platform",
          "os_nam == 'x'",
          "os_name = 'x'",
          "os_name == x",
          "os_name == 'x",
          "os_name == 'x' and",
          "os_name == 'x' os_name == 'y'",
          "(os_name == 'x'",
          "os_name == 'x')",
          "os_name not 'x'",
          "os_name == 'x\n'",
          "os_name == 'x' && os_name == 'y'",
          "os_name == 'x' andos_name == 'y'"}) {
        test::expect_error(parse_environment_marker(text), ErrorCode::malformed);
    }
}

TEST(Marker, IsBoundedInDepthAndLength) {
    const std::string deep(marker_depth + 1, '(');
    test::expect_error(parse_environment_marker(deep + "os_name == 'x'"), ErrorCode::too_large);
    test::expect_error(
        parse_environment_marker(std::string(marker_chars + 1, ' ')), ErrorCode::too_large
    );
    std::string nested = "os_name == 'x'";
    for (std::size_t i = 0; i < marker_depth; ++i) {
        nested = "(" + nested + ")";
    }
    EXPECT_TRUE(test::succeeded(parse_environment_marker(nested)));
}

TEST(Marker, SaysThatNamesCannotBeCompatible) {
    const auto marker = parse_environment_marker("os_name ~= '1.0'");
    ASSERT_TRUE(test::succeeded(marker));
    test::expect_error(marker->evaluate(linux_environment(), {}), ErrorCode::unsupported);
}

TEST(Marker, MayHoldWhereverOneOfItsPlacesDoes) {
    const auto may_hold = [](std::string_view text, const MarkerWorld& world) {
        return parse_environment_marker(text).value().may_hold(world, "test");
    };
    MarkerWorld world;
    EXPECT_TRUE(may_hold("sys_platform == 'win32' and python_version < '3'", world)) << "anywhere";
    EXPECT_TRUE(may_hold("extra == 'test'", world));
    EXPECT_FALSE(may_hold("extra == 'docs' and os_name == 'nt'", world));
    EXPECT_TRUE(may_hold("extra == 'docs' or os_name == 'nt'", world));
    world.values.at(static_cast<std::size_t>(MarkerVariable::sys_platform)) = {"linux", "darwin"};
    world.values.at(static_cast<std::size_t>(MarkerVariable::python_version)) = {"3.9", "3.11"};
    EXPECT_FALSE(may_hold("sys_platform == 'win32'", world));
    EXPECT_TRUE(may_hold("sys_platform == 'darwin'", world));
    EXPECT_TRUE(may_hold("sys_platform != 'darwin'", world));
    EXPECT_TRUE(may_hold("python_version < '3.10' and python_version > '3.10'", world))
        << "each comparison by itself";
    EXPECT_FALSE(may_hold("python_version >= '3.12'", world));
    EXPECT_TRUE(may_hold("os_name ~= 'posix'", world)) << "what means nothing excludes nothing";
}

}  // namespace
}  // namespace heliograph::mirror
