// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/file_choice.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/verify/index/sample_page.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>

namespace heliograph::mirror {
namespace {

using verify::test_pages::sample_file;

verify::ProjectPage page_of(std::initializer_list<const char*> names) {
    verify::ProjectPage page{
        .name = verify::parse_project_name("demo").value(), .serial = {}, .files = {}};
    for (const char* name : names) {
        add_file(page, sample_file(name));
    }
    return page;
}

void edit(
    verify::ProjectPage& page,
    std::string_view name,
    const std::function<void(verify::PageFile&)>& change
) {
    for (verify::PageFile& file : page.files) {
        if (file.name.text() == name) {
            change(file);
        }
    }
}

Result<verify::PageFile> choose(
    const verify::ProjectPage& page, std::string_view requirement, const ChoiceTarget& target = {}
) {
    return choose_file(page, parse_requirement(requirement).value(), target);
}

std::string chosen(
    const verify::ProjectPage& page,
    std::string_view requirement = "demo",
    const ChoiceTarget& target = {}
) {
    const auto file = choose(page, requirement, target);
    EXPECT_TRUE(test::succeeded(file));
    return file ? file->name.text() : "";
}

TEST(FileChoice, TakesTheNewestVersionNotTheLastName) {
    const auto page = page_of({"demo-1.9.tar.gz", "demo-1.10.tar.gz", "demo-1.2.tar.gz"});
    EXPECT_EQ(chosen(page), "demo-1.10.tar.gz");
    EXPECT_EQ(chosen(page, "demo<1.10"), "demo-1.9.tar.gz");
}

TEST(FileChoice, PrefersAWheelForEverythingThenTheSourceThenTheOnlyWheel) {
    const char* any = "demo-1.0-py2.py3-none-any.whl";
    const char* linux_wheel = "demo-1.0-cp311-cp311-linux_x86_64.whl";
    const char* source = "demo-1.0.tar.gz";
    EXPECT_EQ(chosen(page_of({linux_wheel, source, any})), any);
    EXPECT_EQ(chosen(page_of({linux_wheel, source})), source);
    EXPECT_EQ(chosen(page_of({linux_wheel})), linux_wheel);
}

TEST(FileChoice, AsksForANameWhenSeveralWheelsFit) {
    const auto page =
        page_of({"demo-1.0-cp311-cp311-linux_x86_64.whl", "demo-1.0-cp312-cp312-linux_x86_64.whl"});
    test::expect_error(choose(page, "demo"), ErrorCode::invalid_argument, "--file");
    Requirement requirement = parse_requirement("demo").value();
    requirement.file =
        verify::parse_dist_file_name("demo-1.0-cp312-cp312-linux_x86_64.whl").value();
    EXPECT_EQ(choose_file(page, requirement, {})->name, *requirement.file);
}

TEST(FileChoice, TakesPreReleasesOnlyWhenNamedOrAlone) {
    const auto page = page_of({"demo-1.0.tar.gz", "demo-2.0rc1.tar.gz"});
    EXPECT_EQ(chosen(page), "demo-1.0.tar.gz");
    EXPECT_EQ(chosen(page, "demo>=2.0rc1"), "demo-2.0rc1.tar.gz");
    EXPECT_EQ(chosen(page, "demo>1.0"), "demo-2.0rc1.tar.gz");
    EXPECT_EQ(chosen(page_of({"demo-2.0rc1.tar.gz"})), "demo-2.0rc1.tar.gz");
}

TEST(FileChoice, TakesAYankedFileOnlyWhenPinned) {
    auto page = page_of({"demo-1.0.tar.gz", "demo-2.0.tar.gz"});
    edit(page, "demo-2.0.tar.gz", [](verify::PageFile& file) { file.yanked = ""; });
    EXPECT_EQ(chosen(page), "demo-1.0.tar.gz");
    EXPECT_EQ(chosen(page, "demo==2.0"), "demo-2.0.tar.gz");
    test::expect_error(choose(page, "demo>=2"), ErrorCode::not_found);
}

TEST(FileChoice, HonoursRequiresPythonForAGivenInterpreter) {
    auto page = page_of({"demo-1.0.tar.gz", "demo-2.0.tar.gz", "demo-3.0.tar.gz"});
    edit(page, "demo-2.0.tar.gz", [](verify::PageFile& file) { file.requires_python = ">=3.12"; });
    edit(page, "demo-3.0.tar.gz", [](verify::PageFile& file) { file.requires_python = ">=3.12"; });
    EXPECT_EQ(chosen(page), "demo-3.0.tar.gz");
    EXPECT_EQ(
        chosen(page, "demo", {.python = verify::parse_version("3.11").value()}), "demo-1.0.tar.gz"
    );
    edit(page, "demo-2.0.tar.gz", [](verify::PageFile& file) { file.requires_python = "what?"; });
    EXPECT_EQ(
        chosen(page, "demo", {.python = verify::parse_version("3.11").value()}), "demo-2.0.tar.gz"
    );
}

TEST(FileChoice, TakesOnlyAFileWithAnAllowedHash) {
    auto page = page_of({"demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"});
    const auto other = pki::sha256(bytes_of("another file"));
    edit(page, "demo-1.0.tar.gz", [&](verify::PageFile& file) { file.sha256 = other; });
    Requirement requirement = parse_requirement("demo==1.0").value();
    requirement.hashes = {other};
    EXPECT_EQ(choose_file(page, requirement, {})->name.text(), "demo-1.0.tar.gz");
    requirement.hashes = {pki::sha256(bytes_of("none of them"))};
    test::expect_error(
        choose_file(page, requirement, {}), ErrorCode::malformed, "whoever wrote the hashes"
    );
}

TEST(FileChoice, SaysWhatThereIsWhenNothingFits) {
    test::expect_error(
        choose(page_of({"demo-1.0.tar.gz"}), "demo>=2"), ErrorCode::not_found, "1.0"
    );
    test::expect_error(choose(page_of({}), "demo"), ErrorCode::not_found);
}

TEST(Requirement, ReadsNameAndSpecifiers) {
    EXPECT_EQ(parse_requirement("wheel")->text(), "wheel");
    EXPECT_EQ(parse_requirement(" Zope.Interface >= 5 , <6 ")->text(), "zope-interface>=5,<6");
    EXPECT_EQ(parse_requirement("wheel(==0.38.4)")->text(), "wheel==0.38.4");
}

TEST(Requirement, ReadsExtrasAndMarkers) {
    EXPECT_EQ(
        parse_requirement("Build[Uv, test , uv] >=1 ; os_name=='nt'")->text(),
        "build[test,uv]>=1; os_name == \"nt\""
    );
    EXPECT_EQ(parse_requirement("build[]")->text(), "build");
}

TEST(Requirement, RefusesWhatWouldChooseAnotherPlace) {
    for (const char* text : {"wheel @ https://x.example/", "wheel@x", "wheel[a] @ file:///x"}) {
        test::expect_error(parse_requirement(text), ErrorCode::unsupported);
    }
}

TEST(Requirement, RefusesOtherTexts) {
    for (const char* text :
         {"",
          "==1",
          "../x",
          "wheel 1.0",
          "wheel==",
          "wheel(==1",
          "wheel>=1 <2",
          "-wheel",
          "wheel[x",
          "wheel[x,]",
          "wheel[..]",
          "wheel[x]y",
          "wheel;",
          "wheel; x",
          "wheel;os_name"}) {
        test::expect_error(parse_requirement(text), ErrorCode::malformed);
    }
    test::expect_error(parse_requirement(std::string(3000, 'a')), ErrorCode::too_large);
}

TEST(FileChoice, SaysThatAQuarantinedProjectOffersNothing) {
    auto page = page_of({});
    page.mark = {.status = verify::ProjectStatus::quarantined, .reason = "malware"};
    test::expect_error(choose(page, "demo==1.0"), ErrorCode::not_found, "quarantined (malware)");
}

}  // namespace
}  // namespace heliograph::mirror
