// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/nameless_file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace heliograph::mirror {
namespace {

TEST(NamelessFile, HoldsWhatIsWrittenAndShowsInNoFolder) {
    const test::TempFolder folder;
    const auto file = open_nameless_file(folder.path());
    ASSERT_TRUE(file.has_value());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
    ASSERT_TRUE(write_at(*file, bytes_of("abcdef"), 0).has_value());
    ASSERT_TRUE(write_at(*file, bytes_of("XY"), 2).has_value());
    EXPECT_EQ(text_of(read_at(*file, 0, 6).value()), "abXYef");
    EXPECT_EQ(text_of(read_at(*file, 4, 2).value()), "ef");
}

TEST(NamelessFile, GivesNoBytesThatItHasNot) {
    const test::TempFolder folder;
    const auto file = open_nameless_file(folder.path());
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE(write_at(*file, bytes_of("abc"), 0).has_value());
    test::expect_error(read_at(*file, 1, 3), ErrorCode::io);
}

TEST(NamelessFile, NeedsAFolder) {
    const test::TempFolder folder;
    EXPECT_FALSE(open_nameless_file(folder.path() / "none").has_value());
}

}  // namespace
}  // namespace heliograph::mirror
