// SPDX-License-Identifier: Apache-2.0
#include <mirror/export/export_run.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/journal/changelog.hpp>
#include <mirror/journal/compaction.hpp>
#include <mirror/store/left_out_list.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/index/page_json.hpp>
#include <verify/index/root_list.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;

// A master on disk, and a tree beside it.
class ExportTest : public ::testing::Test {
  protected:
    ExportTest()
        : folder(MirrorFolder::init(temp / "master", {}).value()),
          catalog(folder.open_catalog().value()),
          blobs(folder.open_blobs()) {
        static_cast<void>(publisher().publish_evidence({master.signer().chain_pem(), ""}).value());
    }

    [[nodiscard]] Publisher publisher() {
        return Publisher({*catalog, *blobs, master.signer(), master.clock, events});
    }

    AddedFile add(const std::string& name, const std::string& version) {
        return publisher().add({master.write(name, version, name + version)}).value().front();
    }

    ExportReport write() { return export_folder(folder, {.tree = tree}, events).value(); }

    std::string text(const std::string& place) const {
        std::ifstream in(tree / place, std::ios::binary);
        EXPECT_TRUE(in.is_open()) << place;
        return {std::istreambuf_iterator<char>(in), {}};
    }

    struct Lying {
        ::ino_t inode;
        fs::file_time_type time;
        friend bool operator==(const Lying&, const Lying&) = default;
    };
    std::map<std::string, Lying> files() const {
        std::map<std::string, Lying> all;
        for (const auto& entry : fs::recursive_directory_iterator(tree)) {
            if (entry.is_regular_file()) {
                struct stat status {};
                EXPECT_EQ(::stat(entry.path().c_str(), &status), 0);
                all.emplace(
                    entry.path().lexically_relative(tree).string(),
                    Lying{status.st_ino, entry.last_write_time()}
                );
            }
        }
        return all;
    }

    std::vector<std::uint64_t> follow(std::uint64_t since) const {
        std::vector<std::uint64_t> serials;
        for (bool more = true; more;) {
            const auto page =
                parse_changelog(text("changelog/since-" + std::to_string(since) + ".json")).value();
            for (const auto& event : page.events) {
                EXPECT_GT(event.serial.value, since);
                serials.push_back(event.serial.value);
                since = event.serial.value;
            }
            more = page.more;
        }
        return serials;
    }

    TestMaster master;
    test::TempFolder temp;
    MirrorFolder folder;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    SilentSink events;
    fs::path tree = temp / "tree";
};

TEST_F(ExportTest, WritesWhatIsServed) {
    const auto added = add("demo", "1.0");
    EXPECT_EQ(write().projects, 1U);
    const auto project = added.record.path.name().project();
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        const auto page = catalog->page(project, form).value();
        const std::string suffix = form == verify::PageForm::html ? "html" : "json";
        EXPECT_EQ(text("simple/demo/index." + suffix), text_of(page.body));
        EXPECT_EQ(text(signature_path(project, form)), text_of(page.signature));
    }
    const auto place = file_path(added.record.path);
    EXPECT_EQ(pki::sha256(bytes_of(text(place))), added.record.path.digest());
    EXPECT_EQ(pki::sha256(bytes_of(text(place + ".metadata"))), added.record.metadata->digest);
    EXPECT_EQ(text("serverkey.crt"), master.signer().chain_pem());
    EXPECT_EQ(text("serverkey"), master.signer().key.public_key().to_pem());
    EXPECT_EQ(
        text("last-modified"),
        format_last_modified(catalog->state().value().last_modified.value()) + "\n"
    );
    EXPECT_EQ(
        verify::parse_root_json(text("simple/index.json")).value().projects,
        catalog->projects().value()
    );
}

TEST_F(ExportTest, TouchesOnlyWhatChanged) {
    add("demo", "1.0");
    add("other", "1.0");
    write();
    const auto before = files();
    const auto same = write();
    EXPECT_EQ(same.written, 0U);
    EXPECT_EQ(same.removed, 0U);
    EXPECT_EQ(files(), before);
    master.clock.advance(std::chrono::seconds(1));
    add("demo", "1.1");
    write();
    for (const auto& [place, lying] : files()) {
        const auto former = before.find(place);
        const bool changes = place.starts_with("simple/demo/") ||
                             place.starts_with("simple/index") ||
                             place.starts_with("serversig/demo") || place == "last-modified" ||
                             place == "changelog/since-7.json";
        EXPECT_EQ(
            former != before.end() && former->second == lying, former != before.end() && !changes
        ) << place;
    }
}

TEST_F(ExportTest, BeginsItsChangelogAtTheCheckpoint) {
    add("demo", "1.0");
    write();
    const auto former = catalog->state().value().last_serial.value;
    add("demo", "1.1");
    add("demo", "1.2");
    const auto last = catalog->state().value().last_serial.value;
    write();
    ASSERT_TRUE(compact_journal(*catalog, std::uint64_t{1}));
    write();
    EXPECT_FALSE(fs::exists(tree / "changelog" / "since-0.json"));
    EXPECT_FALSE(fs::exists(tree / ("changelog/since-" + std::to_string(former) + ".json")));
    EXPECT_EQ(follow(last - 1), std::vector{last});
    EXPECT_TRUE(follow(last).empty());
}

TEST_F(ExportTest, RemovesWhatIsGone) {
    add("demo", "1.0");
    const auto gone = add("other", "1.0");
    write();
    static_cast<void>(publisher().remove_project(gone.record.path.name().project()).value());
    EXPECT_EQ(write().removed, 6U) << "two pages, two signatures, a file, its metadata";
    EXPECT_FALSE(fs::exists(tree / "simple" / "other"));
    EXPECT_FALSE(fs::exists(tree / file_path(gone.record.path)));
    EXPECT_TRUE(fs::exists(tree / "simple" / "demo" / "index.json"));
}

// A server's operator puts things beside it, and would miss them.
TEST_F(ExportTest, NamesAndLeavesAloneWhatNoExportWrites) {
    add("demo", "1.0");
    write();
    fs::create_directories(tree / ".well-known" / "empty");
    const std::vector<std::string> others{
        ".well-known/token", "packages/stray", "robots.txt", "simple/demo/index.html.gz"};
    for (const auto& place : others) {
        std::ofstream(tree / place) << "not ours";
    }
    fs::create_symlink("nowhere", tree / "link");
    const auto report = write();
    EXPECT_EQ(report.removed, 0U);
    EXPECT_EQ(
        report.foreign,
        (std::vector<std::string>{
            ".well-known/token",
            "link",
            "packages/stray",
            "robots.txt",
            "simple/demo/index.html.gz"})
    );
    for (const auto& place : others) {
        EXPECT_EQ(text(place), "not ours");
    }
    EXPECT_TRUE(fs::exists(tree / ".well-known" / "empty"));
    EXPECT_TRUE(fs::is_symlink(tree / "link"));
}

TEST_F(ExportTest, SaysWhichFilesTheFilterLeavesOut) {
    const auto kept = add("demo", "1.0");
    const auto left = add("demo", "1.1");
    const auto project = left.record.path.name().project();
    const auto leave_out = [&](const std::vector<LeftOutFile>& files) {
        const auto transaction = catalog->begin().value();
        ASSERT_TRUE(succeeded(transaction->put_left_out(project, files)));
        ASSERT_TRUE(succeeded(transaction->commit()));
    };
    leave_out({{.path = left.record.path, .reason = LeaveReason::age}});
    const auto report = write();
    EXPECT_EQ(report.left_out, 1U);
    EXPECT_TRUE(fs::exists(tree / file_path(kept.record.path)));
    EXPECT_FALSE(fs::exists(tree / file_path(left.record.path)));
    const LeftOutReasons wanted{{left.record.path.name().text(), LeaveReason::age}};
    EXPECT_EQ(parse_left_out_list(text("left-out/demo.json")).value(), wanted);
    leave_out({});
    EXPECT_EQ(write().removed, 1U) << "the list, of a project that is whole again";
    EXPECT_FALSE(fs::exists(tree / "left-out"));
}

TEST_F(ExportTest, LeavesAFolderAloneThatIsNoTree) {
    fs::create_directory(tree);
    std::ofstream(tree / "thesis.txt") << "the only copy";
    expect_error(export_folder(folder, {.tree = tree}, events), ErrorCode::exists, "other things");
    EXPECT_EQ(text("thesis.txt"), "the only copy");
}

// Of the same size, so that only its bytes tell.
TEST_F(ExportTest, MendsMetadataThatTheDiskAltered) {
    const auto added = add("demo", "1.0");
    write();
    const auto place = file_path(added.record.path) + ".metadata";
    const std::string honest = text(place);
    std::fstream(tree / place, std::ios::in | std::ios::out | std::ios::binary) << '~';
    ASSERT_NE(text(place), honest);
    EXPECT_EQ(write().written, 1U);
    EXPECT_EQ(text(place), honest);
}

TEST_F(ExportTest, MendsWhatAKilledExportLeft) {
    const auto added = add("demo", "1.0");
    write();
    const auto place = tree / file_path(added.record.path);
    fs::resize_file(place, 3);
    fs::create_directory(tree / ".incoming");
    std::ofstream(tree / ".incoming" / ".blob.1.0.tmp") << "half";
    EXPECT_EQ(write().written, 1U);
    EXPECT_EQ(fs::file_size(place), added.record.size_bytes);
    EXPECT_FALSE(fs::exists(tree / ".incoming"));
}

// A follower of any earlier export stands at its last serial, and must go on from there.
TEST_F(ExportTest, KeepsEveryBeginningThatAFollowerMayStandAt) {
    std::vector<std::uint64_t> stands{0};
    for (int version = 0; version < 4; ++version) {
        add("demo", "1." + std::to_string(version));
        write();
        stands.push_back(catalog->state().value().last_serial.value);
    }
    const auto last = stands.back();
    for (const auto since : stands) {
        std::vector<std::uint64_t> wanted;
        for (auto serial = since + 1; serial <= last; ++serial) {
            wanted.push_back(serial);
        }
        EXPECT_EQ(follow(since), wanted) << "from " << since;
    }
}

TEST_F(ExportTest, SaysWhichBlobIsMissing) {
    const auto added = add("demo", "1.0");
    ASSERT_TRUE(succeeded(blobs->remove(added.record.path.digest())));
    expect_error(
        export_folder(folder, {.tree = tree}, events),
        ErrorCode::not_found,
        file_path(added.record.path)
    );
}

}  // namespace
}  // namespace heliograph::mirror
