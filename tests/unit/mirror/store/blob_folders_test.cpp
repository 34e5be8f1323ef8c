// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/blob_folders.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using Name = BlobFolders::Name;

TEST(BlobFolders, AreFreshForEverybodyUntilTheRootWasSynced) {
    const test::TempFolder root;
    BlobFolders folders;
    EXPECT_EQ(folders.ensure(root / "aa").value(), Name::fresh);
    EXPECT_EQ(folders.ensure(root / "aa").value(), Name::fresh)
        << "a second writer must not trust a name that the first one has not synced";
    EXPECT_EQ(folders.ensure(root / "bb").value(), Name::fresh);
    folders.settle({root / "aa"});
    EXPECT_EQ(folders.ensure(root / "aa").value(), Name::durable);
    EXPECT_EQ(folders.ensure(root / "bb").value(), Name::fresh);
}

TEST(BlobFolders, AreDurableWhenTheyWereThereBefore) {
    const test::TempFolder root;
    std::filesystem::create_directory(root / "aa");
    EXPECT_EQ(BlobFolders().ensure(root / "aa").value(), Name::durable);
}

TEST(BlobFolders, RefuseWhatStandsInTheirWay) {
    const test::TempFolder root;
    std::ofstream(root / "aa") << "a file";
    expect_error(BlobFolders().ensure(root / "aa"), ErrorCode::io);
    expect_error(BlobFolders().ensure(root / "no" / "aa"), ErrorCode::not_found);
}

}  // namespace
}  // namespace heliograph::mirror
