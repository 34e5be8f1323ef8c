// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/verify/index/sample_page.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace heliograph::verify {
namespace {

using test_pages::sample_file;
using test_pages::sample_page;

TEST(ProjectPage, KeepsFilesByVersionThenName) {
    const ProjectPage page = sample_page();
    ASSERT_EQ(page.files.size(), 3U);
    EXPECT_EQ(page.files[0].name.text(), "demo-1.9-py3-none-any.whl");
    EXPECT_EQ(page.files[1].name.text(), "demo-1.9.tar.gz");
    EXPECT_EQ(page.files[2].name.text(), "demo-1.10-py3-none-any.whl");
    EXPECT_EQ(page.versions(), (std::vector<std::string>{"1.9", "1.10"}));
}

TEST(ProjectPage, TellsNewReplacedAndSameFilesApart) {
    ProjectPage page = sample_page();
    PageFile file = sample_file("demo-2.0.zip");
    EXPECT_EQ(add_file(page, file), AddFile::added);
    EXPECT_EQ(add_file(page, file), AddFile::same);
    file.yanked = "why";
    EXPECT_EQ(add_file(page, file), AddFile::replaced);
    EXPECT_EQ(page.find(file.name)->yanked, "why");
    EXPECT_EQ(remove_file(page, file.name), RemoveFile::removed);
    EXPECT_EQ(remove_file(page, file.name), RemoveFile::absent);
    EXPECT_EQ(page, sample_page());
}

TEST(ProjectPageDeathTest, RefusesAFileOfAnotherProject) {
    ProjectPage page = sample_page();
    EXPECT_DEATH(add_file(page, sample_file("other-1.0.zip")), "");
}

}  // namespace
}  // namespace heliograph::verify
