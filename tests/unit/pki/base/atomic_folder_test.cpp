// SPDX-License-Identifier: Apache-2.0
#include <pki/base/atomic_folder.hpp>
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

TEST(AtomicFolder, TakesANameWithAFinalSlash) {
    const TempFolder place;
    auto folder =
        AtomicFolder::create(place.path().string() + "/index/", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(folder.commit()));
    EXPECT_TRUE(fs::is_directory(place / "index"));
}

}  // namespace
}  // namespace heliograph
