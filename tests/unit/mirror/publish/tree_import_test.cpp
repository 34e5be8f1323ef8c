// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/tree_import.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/index/page_json.hpp>

#include <sys/stat.h>

#include <fstream>
#include <map>
#include <stop_token>

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
            {.publisher = publisher,
             .catalog = master.catalog,
             .blobs = master.blobs,
             .events = events},
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

// Symbolic links beside files, the caches of tools, and what indexes took in former times.
TEST_F(TreeImportTest, NamesWhatItLeavesOutAndWhy) {
    const auto real = wheel("all", "demo", "1.0");
    wheel("all/.git/objects", "stray", "1.0");
    wheel("all/__pycache__", "stray", "2.0");
    fs::create_symlink(real, tree / "all/other-1.0-py3-none-any.whl");
    fs::create_directory_symlink(tree / "all", tree / "folder");
    fs::create_directory(tree / "all/none-1.0-py3-none-any.whl");
    ASSERT_EQ(::mkfifo((tree / "all/pipe-1.0.tar.gz").c_str(), 0600), 0);
    for (const char* name :
         {"a-1.0.tar.bz2", "a-1.0-py2.7.egg", "a-1.0.win32.EXE", ".b-1.0.zip", "index.html"}) {
        std::ofstream(tree / "all" / name) << "x";
    }
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_TRUE(succeeded(report->end));
    EXPECT_EQ(report->published, 1U);
    EXPECT_TRUE(report->refused.empty());
    std::map<std::string, LeftOutCause> left_out;
    for (const auto& entry : report->left_out) {
        left_out.emplace(entry.path.filename().string(), entry.cause);
    }
    const std::map<std::string, LeftOutCause> expected{
        {"other-1.0-py3-none-any.whl", LeftOutCause::link},
        {"folder", LeftOutCause::link},
        {"a-1.0.tar.bz2", LeftOutCause::other_kind},
        {"a-1.0-py2.7.egg", LeftOutCause::other_kind},
        {"a-1.0.win32.EXE", LeftOutCause::other_kind},
        {".git", LeftOutCause::hidden},
        {"__pycache__", LeftOutCause::hidden},
        {".b-1.0.zip", LeftOutCause::hidden},
        {"pipe-1.0.tar.gz", LeftOutCause::no_file},
        {"index.html", LeftOutCause::unrelated}};
    EXPECT_EQ(left_out, expected);
}

// Stops an import when the first file of it is told.
class StoppingSink final : public EventSink {
  public:
    explicit StoppingSink(std::stop_source& stop) : m_stop(stop) {}
    void emit(const Event& event) override {
        if (event.name == "import.file.published") {
            m_stop.request_stop();
        }
    }

  private:
    std::stop_source& m_stop;
};

TEST_F(TreeImportTest, KeepsItsFirstFilesWhenItIsStoppedAndGoesOnWithTheOthers) {
    constexpr std::size_t all = 300;
    for (std::size_t i = 0; i < all; ++i) {
        wheel("all", "demo" + std::to_string(i), "1.0");
    }
    std::stop_source stop;
    StoppingSink stopping(stop);
    auto publisher = master.publisher();
    const auto report = import_tree(
        {.publisher = publisher,
         .catalog = master.catalog,
         .blobs = master.blobs,
         .events = stopping},
        tree.path(),
        {.stop = stop.get_token()}
    );
    ASSERT_TRUE(succeeded(report));
    expect_error(report->end, ErrorCode::cancelled);
    EXPECT_GT(report->published, 0U);
    EXPECT_LT(report->published, all);
    EXPECT_EQ(master.catalog.projects().value().size(), report->published);
    const auto rest = import();
    EXPECT_EQ(rest->same, report->published);
    EXPECT_EQ(rest->published, all - report->published);
}

TEST_F(TreeImportTest, PublishesNothingWhenItIsStoppedBeforeItBegins) {
    wheel("all", "demo", "1.0");
    std::stop_source stop;
    stop.request_stop();
    auto publisher = master.publisher();
    expect_error(
        import_tree(
            {.publisher = publisher,
             .catalog = master.catalog,
             .blobs = master.blobs,
             .events = events},
            tree.path(),
            {.stop = stop.get_token()}
        ),
        ErrorCode::cancelled
    );
    EXPECT_TRUE(master.catalog.projects().value().empty());
}

TEST_F(TreeImportTest, TakesNoSecondSpellingOfAFileOfWhichNothingIsStated) {
    master.add("my-demo", "1.0");
    const auto written = wheel("all", "my-demo", "1.0");
    fs::rename(written, written.parent_path() / "My_Demo-1.0.0-py3-none-any.whl");
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 0U);
    ASSERT_EQ(report->refused.size(), 1U);
    expect_error(
        Outcome(report->refused.front().error), ErrorCode::exists, "the same to installers"
    );
}

// Takes a file away between the walk and the look at it.
class RemovingSink final : public EventSink {
  public:
    explicit RemovingSink(fs::path file) : m_file(std::move(file)) {}
    void emit(const Event& event) override {
        if (event.name == "import.plan") {
            fs::remove(m_file);
        }
    }

  private:
    fs::path m_file;
};

TEST_F(TreeImportTest, GoesOnBehindAPublishedFileThatCannotBeRead) {
    const auto unreadable = wheel("all", "demo", "1.0");
    ASSERT_EQ(import()->published, 1U);
    wheel("all", "other", "1.0");
    RemovingSink removing(unreadable);
    auto publisher = master.publisher();
    const auto report = import_tree(
        {.publisher = publisher,
         .catalog = master.catalog,
         .blobs = master.blobs,
         .events = removing},
        tree.path()
    );
    ASSERT_TRUE(succeeded(report));
    EXPECT_TRUE(succeeded(report->end));
    EXPECT_EQ(report->published, 1U);
    ASSERT_EQ(report->refused.size(), 1U);
    EXPECT_EQ(report->refused.front().path, unreadable);
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

// A bandersnatch folder with the wheel 1.0 of `demo`, and what its pages say.
class FollowedTreeTest : public TreeImportTest {
  protected:
    FollowedTreeTest() : m_wheel(wheel("web/packages/aa/bb/cc", "demo", "1.0")) {
        fs::create_directories(tree / "web/simple/demo");
        fs::create_directories(tree / "web/json");
    }

    [[nodiscard]] std::string digest() const {
        return pki::sha256(read_file(m_wheel, 1'000'000).value()).to_hex();
    }

    [[nodiscard]] static std::string page(const std::string& digest, const std::string& more) {
        return R"({"files":[{"filename":"demo-1.0-py3-none-any.whl","hashes":{"sha256":")" +
               digest + R"("},"upload-time":"2020-02-03T04:05:06.789012Z","url":"x",)" + more +
               R"(}],"meta":{"_last-serial":"7"}})";
    }

    // As the main index and bandersnatch write it; eggs are of no concern.
    [[nodiscard]] static std::string older(const std::string& digest, const std::string& more) {
        return R"({"releases":{"0.9":[{"filename":"demo-0.9-py3.6.egg","digests":{}}],"1.0":[)"
               R"({"filename":"demo-1.0-py3-none-any.whl","digests":{"md5":"00","sha256":")" +
               digest + R"("},"upload_time_iso_8601":"2020-02-03T04:05:06.789012Z",)" + more +
               "}]}}";
    }

    void put(const std::string& place, const std::string& text) {
        std::ofstream(tree / "web" / place) << text;
    }

    // The file on the page of the master.
    [[nodiscard]] verify::PageFile published() const {
        const auto stored =
            master.catalog
                .page(verify::parse_normalised_name("demo").value(), verify::PageForm::json)
                .value();
        return verify::parse_page(text_of(stored.body), verify::PageForm::json)
            .value()
            .files.front();
    }

    fs::path m_wheel;
};

TEST_F(FollowedTreeTest, KeepsItsYanksAndTimes) {
    put("simple/demo/index.v1_json", page(digest(), R"("yanked":true)"));
    put("json/demo", older(digest(), R"("yanked":true,"yanked_reason":"does not\nstart")"));
    const auto report = import();
    ASSERT_TRUE(succeeded(report));
    EXPECT_EQ(report->published, 1U);
    EXPECT_EQ(published().yanked, "does not start");
    EXPECT_EQ(published().upload_time, parse_rfc3339("2020-02-03T04:05:06Z").value());
}

TEST_F(FollowedTreeTest, IsBelievedOnOnePageAlone) {
    fs::create_directories(tree / "web/simple/d/demo");
    put("simple/d/demo/index.v1_json", page(digest(), R"("yanked":"broken")"));
    EXPECT_EQ(import()->published, 1U);
    EXPECT_EQ(published().yanked, "broken");
}

TEST_F(FollowedTreeTest, MayYankNothingAndKnowNoTime) {
    put("json/demo", older(digest(), R"("yanked":false,"yanked_reason":null)"));
    EXPECT_EQ(import()->published, 1U);
    EXPECT_EQ(published().yanked, std::nullopt);
}

// Mirroring tools leave files of removed projects, malware among them, where they lie.
TEST_F(FollowedTreeTest, HasNoFilesOfProjectsWithoutAPageWhereOthersHaveOne) {
    const auto refuse_demo = [&](const std::string& place) {
        const auto report = import();
        ASSERT_TRUE(succeeded(report));
        EXPECT_EQ(report->published, 0U) << place;
        ASSERT_EQ(report->refused.size(), 1U);
        EXPECT_NE(
            report->refused.front().error.describe().find("removed there"), std::string::npos
        );
        fs::remove(tree / "web" / place);
    };
    for (const std::string place :
         {"json/other", "simple/other/index.v1_json", "simple/o/other/index.v1_json"}) {
        fs::create_directories((tree / "web" / place).parent_path());
        put(place, R"({"files":[]})");
        refuse_demo(place);
    }
    put("simple/demo/index.html", "<html>");
    EXPECT_EQ(import()->published, 1U) << "no JSON pages at all";
}

TEST_F(FollowedTreeTest, HasNoTimeThatIsStillToCome) {
    std::string ahead = page(digest(), R"("yanked":false)");
    ahead.replace(ahead.find("2020"), 4, "9020");
    put("simple/demo/index.v1_json", ahead);
    EXPECT_EQ(import()->published, 1U);
    EXPECT_EQ(published().upload_time, master.clock.now());
}

// A yank that cannot be read would be lost, and so would a removal.
TEST_F(FollowedTreeTest, IsRefusedWhereItsPagesSayOtherwise) {
    const std::string other(64, 'a');
    const auto refuse =
        [&](const std::string& place, const std::string& text, const std::string& reason) {
            put(place, text);
            const auto report = import();
            ASSERT_TRUE(succeeded(report));
            EXPECT_EQ(report->published, 0U) << text;
            ASSERT_EQ(report->refused.size(), 1U);
            EXPECT_NE(report->refused.front().error.describe().find(reason), std::string::npos)
                << report->refused.front().error.describe();
            fs::remove(tree / "web" / place);
        };
    const std::string yanked = R"("yanked":false)";
    refuse("simple/demo/index.v1_json", page(other, yanked), "get it there anew");
    refuse("json/demo", older(other, yanked), "get it there anew");
    refuse("json/demo", older("", yanked), "not said");
    refuse("json/demo", R"({"releases":{}})", "removed there");
    refuse("json/demo", R"({"files":[]})", "removed there");
    refuse("json/demo", "no json", "json/demo");
    refuse("json/demo", R"({"name":"demo"})", "'files'");
    refuse("json/demo", R"({"files":{}})", "'files'");
    refuse("json/demo", R"({"releases":[]})", "'releases'");
    refuse("json/demo", page(digest(), R"("yanked":1)"), "'yanked'");
    refuse("json/demo", page(digest(), yanked + R"(,"hashes":[])"), "json/demo");
    refuse("json/demo", page("xyz", yanked), "json/demo");
    refuse(
        "json/demo",
        page(digest(), R"("yanked":")" + std::string(5000, 'x') + "\""),
        "reason of at most"
    );
    std::string twice = page(digest(), yanked);
    const auto begin = twice.find("{\"filename");
    const auto object = twice.substr(begin, twice.find("}]") + 1 - begin);
    twice.insert(begin, object + ",");
    refuse("json/demo", twice, "twice");
    std::string timeless = page(digest(), yanked);
    timeless.replace(timeless.find("2020-"), 5, "soon ");
    refuse("json/demo", timeless, "json/demo");
    put("json/demo", older(digest(), yanked));
    refuse("simple/demo/index.v1_json", page(other, yanked), "to agree");
    EXPECT_TRUE(master.catalog.projects().value().empty());
    EXPECT_EQ(import()->published, 1U);
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
            {.publisher = publisher,
             .catalog = master.catalog,
             .blobs = master.blobs,
             .events = events},
            tree / "none"
        ),
        ErrorCode::not_found
    );
}

}  // namespace
}  // namespace heliograph::mirror
