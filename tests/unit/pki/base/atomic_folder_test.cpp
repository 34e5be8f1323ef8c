// SPDX-License-Identifier: Apache-2.0
#include <pki/base/folder/atomic_folder.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph {
namespace {

using test::expect_error;
using test::succeeded;
using test::TempFolder;
namespace fs = std::filesystem;

TEST(AtomicFolder, AppearsWholeWithItsCommit) {
    const TempFolder place;
    auto folder =
        AtomicFolder::create(place.path() / "new" / "index", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(write_file_atomically(folder.path() / "page", bytes_of("x"))));
    EXPECT_FALSE(fs::exists(place.path() / "new" / "index"));
    ASSERT_TRUE(succeeded(folder.commit()));
    EXPECT_TRUE(fs::exists(place.path() / "new" / "index" / "page"));
}

TEST(AtomicFolder, LeavesNoTraceWhenDropped) {
    const TempFolder place;
    {
        auto folder = AtomicFolder::create(place / "index", FileAccess::owner_only).value();
        ASSERT_TRUE(succeeded(write_file_atomically(folder.path() / "page", bytes_of("x"))));
    }
    EXPECT_TRUE(fs::is_empty(place.path()));
}

TEST(AtomicFolder, TakesAnEmptyFoldersPlaceAndNoOther) {
    const TempFolder place;
    fs::create_directory(place / "empty");
    auto folder = AtomicFolder::create(place / "empty", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(folder.commit()));
    fs::create_directories(place.path() / "full" / "of");
    expect_error(AtomicFolder::create(place / "full", FileAccess::everyone), ErrorCode::exists);
    ASSERT_TRUE(succeeded(write_file_atomically(place / "file", {})));
    expect_error(AtomicFolder::create(place / "file", FileAccess::everyone), ErrorCode::exists);
}

TEST(AtomicFolder, LosesTheRaceWithoutHarm) {
    const TempFolder place;
    auto first = AtomicFolder::create(place / "index", FileAccess::everyone).value();
    auto second = AtomicFolder::create(place / "index", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(write_file_atomically(first.path() / "first", {})));
    ASSERT_TRUE(succeeded(write_file_atomically(second.path() / "second", {})));
    ASSERT_TRUE(succeeded(first.commit()));
    expect_error(second.commit(), ErrorCode::exists);
    EXPECT_TRUE(fs::exists(place.path() / "index" / "first"));
    EXPECT_FALSE(fs::exists(place.path() / "index" / "second"));
}

TEST(AtomicFolder, TakesFilesThatBecomeDurableWithIt) {
    const TempFolder place;
    auto folder = AtomicFolder::create(place / "keys", FileAccess::everyone).value();
    fs::create_directory(folder.path() / "private");
    const fs::path key = folder.path() / "private" / "key";
    ASSERT_TRUE(succeeded(write_file_in_build(key, bytes_of("secret"), FileAccess::owner_only)));
    expect_error(write_file_in_build(key, bytes_of("other")), ErrorCode::exists);
    fs::create_symlink("/nowhere", folder.path() / "link");
    expect_error(write_file_in_build(folder.path() / "link", {}), ErrorCode::exists);
    expect_error(write_file_in_build(folder.path() / "none" / "a", {}), ErrorCode::not_found);
    ASSERT_TRUE(succeeded(folder.commit()));
    const auto read = read_secret_file(place.path() / "keys" / "private" / "key", 100);
    ASSERT_TRUE(succeeded(read));
    EXPECT_EQ(text_of(read->expose()), "secret");
}

TEST(AtomicFolder, TakesANameWithAFinalSlash) {
    const TempFolder place;
    auto folder =
        AtomicFolder::create(place.path().string() + "/index/", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(folder.commit()));
    EXPECT_TRUE(fs::is_directory(place / "index"));
}

}  // namespace
}  // namespace heliograph
