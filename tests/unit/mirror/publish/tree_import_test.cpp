// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/tree_import.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>

#include <fstream>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;

class TreeImportTest : public ::testing::Test {
  protected:
    fs::path wheel(const fs::path& folder, const std::string& name, const std::string& version) {
        fs::create_directories(tree / folder);
        return test_support::write_wheel(tree / folder, {.name = name, .version = version});
    }

    Result<ImportReport> import(std::size_t batch_files = 2000) {
        auto publisher = master.publisher();
        return import_tree(
            {.publisher = publisher, .catalog = master.catalog, .events = events},
            tree.path(),
            {.batch_files = batch_files}
        );
    }

    TestMaster master;
    test::TempFolder tree;
    SilentSink events;
};

TEST_F(TreeImportTest, PublishesEveryDistributionOfATreeInBatches) {
    wheel("a/b", "demo", "1.0");
    wheel("a", "demo", "2.0");
    wheel("c", "other", "1.0");
    fs::create_directories(tree / "d");
    test_support::write_sdist(tree / "d", {.name = "third"});
    std::ofstream(tree / "readme.txt") << "not for sale";
    const auto report = import(2);
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 4U);
    EXPECT_TRUE(report->refused.empty());
    EXPECT_EQ(master.catalog.projects().value().size(), 3U);
    const auto again = import(2);
    EXPECT_EQ(again->published, 0U);
    EXPECT_EQ(again->same, 4U);
}

TEST_F(TreeImportTest, GoesOnBehindFilesThatAreRefused) {
    for (int i = 0; i < 9; ++i) {
        wheel("all", "demo", std::to_string(i));
    }
    std::ofstream(tree / "all" / "demo-5-py3-none-any.whl") << "no archive";
    std::ofstream(tree / "all" / "no name.whl") << "x";
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 8U);
    ASSERT_EQ(report->refused.size(), 2U);
    EXPECT_EQ(report->refused[0].path.filename(), "demo-5-py3-none-any.whl");
}

TEST_F(TreeImportTest, PassesOverProjectsThatTakeNoFiles) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        verify::parse_normalised_name("demo").value(),
        {.status = verify::ProjectStatus::archived, .reason = ""}
    )));
    wheel("all", "demo", "2.0");
    wheel("all", "other", "1.0");
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 1U);
    EXPECT_EQ(report->refused.size(), 1U);
}

TEST_F(TreeImportTest, LooksThroughThePackagesOfABandersnatchFolderAlone) {
    wheel("web/packages/aa/bb/cc", "demo", "1.0");
    wheel("web/simple/demo", "stray", "1.0");
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 1U);
}

TEST_F(TreeImportTest, FollowsNoLinks) {
    const auto real = wheel("real", "demo", "1.0");
    fs::create_directories(tree / "links");
    fs::create_symlink(real, tree / "links/other-1.0-py3-none-any.whl");
    fs::create_directory_symlink(tree.path(), tree / "links/loop");
    EXPECT_EQ(import()->published, 1U);
    auto publisher = master.publisher();
    expect_error(
        import_tree(
            {.publisher = publisher, .catalog = master.catalog, .events = events}, tree / "none"
        ),
        ErrorCode::not_found
    );
}

}  // namespace
}  // namespace heliograph::mirror
