// SPDX-License-Identifier: Apache-2.0
// Which wheels run where, and in which order.
#include <mirror/fetch/file_choice.hpp>
#include <mirror/fetch/platform_tags.hpp>
#include <mirror/fetch/python_target.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/index/sample_page.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using Tags = std::vector<std::string>;

verify::DistFileName wheel(const std::string& tags) {
    return verify::parse_dist_file_name("demo-1.0-" + tags + ".whl").value();
}

ChoiceTarget target_of(const std::string& python, std::vector<std::string> platforms) {
    const auto target = cpython_target(verify::parse_version(python).value(), std::move(platforms));
    return {
        .python = target.version,
        .tags = std::make_shared<TagRanks>(supported_tags(target)),
        .formats = {}};
}

std::string choose(const ChoiceTarget& target, const std::vector<std::string>& names) {
    verify::ProjectPage page{
        .name = verify::parse_project_name("demo").value(), .serial = {}, .files = {}};
    for (const auto& name : names) {
        add_file(page, verify::test_pages::sample_file(name));
    }
    const auto chosen = choose_file(page, parse_requirement("demo").value(), target);
    return chosen ? chosen->name.text() : std::string(error_code_name(chosen.error().code()));
}

TEST(PlatformTags, GoDownToTheOldestLibraryWithOldNamesBehindTheirEquals) {
    EXPECT_EQ(
        linux_platforms("aarch64", {LibcKind::glibc, 2, 19}),
        (Tags{
            "linux_aarch64",
            "manylinux_2_19_aarch64",
            "manylinux_2_18_aarch64",
            "manylinux_2_17_aarch64",
            "manylinux2014_aarch64"})
    );
    const auto x86 = linux_platforms("x86_64", {LibcKind::glibc, 2, 36});
    EXPECT_EQ(x86[1], "manylinux_2_36_x86_64");
    EXPECT_EQ(x86.back(), "manylinux1_x86_64");
    EXPECT_EQ(
        linux_platforms("x86_64", {LibcKind::musl, 1, 1}),
        (Tags{"linux_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64"})
    );
}

TEST(PlatformTags, StandForWhatTheyImply) {
    EXPECT_EQ(expand_platform("manylinux2010_x86_64").value().front(), "manylinux_2_12_x86_64");
    EXPECT_EQ(expand_platform("manylinux2010_x86_64").value().back(), "manylinux1_x86_64");
    EXPECT_EQ(expand_platform("musllinux_1_1_x86_64").value().size(), 2U);
    EXPECT_EQ(expand_platform("win-amd64").value(), Tags{"win_amd64"});
    EXPECT_EQ(expand_platform("linux_x86_64").value(), Tags{"linux_x86_64"});
    EXPECT_EQ(expand_platform("macosx_11_0_arm64").value().front(), "macosx_11_0_arm64");
    EXPECT_EQ(expand_platform("macosx_11_0_arm64").value().back(), "macosx_10_4_universal2");
}

TEST(PlatformTags, OfNonsenseStandForThemselvesOrAreRefused) {
    EXPECT_EQ(expand_platform("manylinux_2_x86_64").value(), Tags{"manylinux_2_x86_64"});
    EXPECT_EQ(
        expand_platform("manylinux_2_4294967295_x86_64").value(),
        Tags{"manylinux_2_4294967295_x86_64"}
    );
    for (const char* text : {"", "../x", "a b", "manylinux\n", "\xc3\xa9"}) {
        test::expect_error(expand_platform(text), ErrorCode::malformed);
    }
}

TEST(PlatformTags, OfThisMachineAreThoseOfALinux) {
    EXPECT_EQ(native_platforms().front().rfind("linux_", 0), 0U);
}

TEST(PythonTarget, PrefersTheOwnAbiThenTheStableOneThenPurePython) {
    const auto target = target_of("3.11", linux_platforms("x86_64", {LibcKind::glibc, 2, 36}));
    const std::string own = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl";
    const std::string newer_libc = "demo-1.0-cp311-cp311-manylinux_2_28_x86_64.whl";
    const std::string stable = "demo-1.0-cp38-abi3-manylinux_2_17_x86_64.whl";
    const std::string pure = "demo-1.0-py3-none-any.whl";
    const std::string source = "demo-1.0.tar.gz";
    const std::string other = "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl";
    EXPECT_EQ(choose(target, {pure, stable, own, newer_libc, source, other}), newer_libc);
    EXPECT_EQ(choose(target, {pure, stable, own, source}), own);
    EXPECT_EQ(choose(target, {pure, stable, source}), stable);
    EXPECT_EQ(choose(target, {pure, source}), pure);
    EXPECT_EQ(choose(target, {other, source}), source);
    EXPECT_EQ(choose(target, {other}), "not_found");
}

TEST(PythonTarget, TakesTheHigherBuildNumberAmongEquals) {
    const auto target = target_of("3.11", {});
    EXPECT_EQ(
        choose(
            target,
            {"demo-1.0-2-py3-none-any.whl",
             "demo-1.0-10-py3-none-any.whl",
             "demo-1.0-py3-none-any.whl",
             "demo-1.0-9z-py3-none-any.whl"}
        ),
        "demo-1.0-10-py3-none-any.whl"
    );
}

TEST(PythonTarget, OfFreeThreadsHasAnAbiOfItsOwn) {
    auto target = cpython_target(verify::parse_version("3.13").value(), {"linux_x86_64"});
    target.abis = {"cp313t"};
    const TagRanks ranks(supported_tags(target));
    EXPECT_TRUE(ranks.rank_of(wheel("cp313-cp313t-linux_x86_64")));
    EXPECT_TRUE(ranks.rank_of(wheel("cp313-abi3t-linux_x86_64")));
    EXPECT_FALSE(ranks.rank_of(wheel("cp313-cp313-linux_x86_64")));
    EXPECT_FALSE(ranks.rank_of(wheel("cp313-abi3-linux_x86_64")));
}

TEST(PythonTarget, OfAnAncientCpythonSaysPymalloc) {
    const auto target = cpython_target(verify::parse_version("3.7").value(), {"linux_x86_64"});
    EXPECT_EQ(target.abis, Tags{"cp37m"});
}

TEST(PythonTarget, IsReadFromWhatAnInterpreterSaysOfItself) {
    const auto target = parse_interpreter_answer(
        R"({"implementation":"cpython","soabi":"cpython-311-x86_64-linux-gnu",)"
        R"("free_threaded":false,"platform":"linux_x86_64","libc":["glibc",2,36],"mac":null,)"
        R"("markers":{"os_name":"posix","sys_platform":"linux","platform_machine":"x86_64",)"
        R"("platform_python_implementation":"CPython","platform_release":"6.1",)"
        R"("platform_system":"Linux","platform_version":"#1","python_version":"3.11",)"
        R"("python_full_version":"3.11.2+","implementation_name":"cpython",)"
        R"("implementation_version":"3.11.2"}})"
    );
    ASSERT_TRUE(test::succeeded(target));
    EXPECT_EQ(target->version.text(), "3.11.2");
    EXPECT_EQ(target->abis, Tags{"cp311"});
    EXPECT_EQ(target->platforms[1], "manylinux_2_36_x86_64");
    EXPECT_EQ(target->markers.value(MarkerVariable::platform_version), "#1");
    const auto pypy = parse_interpreter_answer(
        R"({"implementation":"pypy","soabi":"pypy39-pp73-x86_64-linux-gnu","free_threaded":false,)"
        R"("platform":"linux_x86_64","libc":["musl",1,2],"mac":null,)"
        R"("markers":{"os_name":"posix","sys_platform":"linux","platform_machine":"x86_64",)"
        R"("platform_python_implementation":"PyPy","platform_release":"6.1",)"
        R"("platform_system":"Linux","platform_version":"#1","python_version":"3.9",)"
        R"("python_full_version":"3.9.18","implementation_name":"pypy",)"
        R"("implementation_version":"7.3.13"}})"
    );
    ASSERT_TRUE(test::succeeded(pypy));
    EXPECT_EQ(pypy->abis, Tags{"pypy39_pp73"});
    EXPECT_TRUE(
        TagRanks(supported_tags(*pypy)).rank_of(wheel("pp39-pypy39_pp73-musllinux_1_1_x86_64"))
    );
}

TEST(PythonTarget, IsNotReadFromAnythingElse) {
    for (const char* text :
         {"",
          "[]",
          "{}",
          "{\"platform\":1}",
          R"({"platform":"linux_x86_64","libc":["glibc",-1,2]})"}) {
        test::expect_error(parse_interpreter_answer(text), ErrorCode::malformed);
    }
}

TEST(FormatControl, TakesWheelsOrSourcesByName) {
    const auto chosen = [](const FormatWords& words, const char* name) {
        ChoiceTarget target = target_of("3.11", {});
        target.formats = FormatControl::parse(words).value();
        verify::ProjectPage page{
            .name = verify::parse_project_name("demo").value(), .serial = {}, .files = {}};
        add_file(page, verify::test_pages::sample_file("demo-1.0.tar.gz"));
        add_file(page, verify::test_pages::sample_file("demo-1.0-py3-none-any.whl"));
        return choose_file(page, parse_requirement(name).value(), target)->name.kind();
    };
    using verify::FileKind;
    EXPECT_EQ(chosen({}, "demo"), FileKind::wheel);
    EXPECT_EQ(chosen({.no_binary = {":all:"}, .only_binary = {}}, "demo"), FileKind::sdist);
    EXPECT_EQ(chosen({.no_binary = {"other,Demo"}, .only_binary = {}}, "demo"), FileKind::sdist);
    EXPECT_EQ(chosen({.no_binary = {":all:"}, .only_binary = {"demo"}}, "demo"), FileKind::wheel);
    EXPECT_EQ(
        chosen({.no_binary = {"demo", ":none:"}, .only_binary = {}}, "demo"), FileKind::wheel
    );
}

TEST(FormatControl, RefusesContradictions) {
    test::expect_error(
        FormatControl::parse({.no_binary = {":all:"}, .only_binary = {":all:"}}),
        ErrorCode::invalid_argument
    );
    test::expect_error(
        FormatControl::parse({.no_binary = {"a,demo"}, .only_binary = {"Demo"}}),
        ErrorCode::invalid_argument,
        "demo"
    );
    test::expect_error(
        FormatControl::parse({.no_binary = {"../x"}, .only_binary = {}}), ErrorCode::malformed
    );
}

}  // namespace
}  // namespace heliograph::mirror
