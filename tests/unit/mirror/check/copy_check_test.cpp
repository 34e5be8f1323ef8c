// SPDX-License-Identifier: Apache-2.0
// A copy of an index at rest: what is wrong with it is told, all of it, whatever it is.
#include <mirror/check/copy_check.hpp>
#include <mirror/export/export_run.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/store/left_out_list.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/index/root_list.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::succeeded;

// A master on disk with two projects, and the tree that it exports.
class CopyCheckTest : public ::testing::Test {
  protected:
    CopyCheckTest()
        : folder(MirrorFolder::init(temp / "master", {}).value()),
          catalog(folder.open_catalog().value()),
          blobs(folder.open_blobs()),
          trust(master.trust()) {
        static_cast<void>(publisher().publish_evidence({master.signer().chain_pem(), ""}).value());
        demo = add("demo", "1.0");
        other = add("other", "1.0");
        write();
    }

    [[nodiscard]] Publisher publisher() {
        return Publisher({*catalog, *blobs, master.signer(), master.clock, events});
    }

    FileRecord add(const std::string& name, const std::string& version) {
        const auto file = master.write(name, version, name + version);
        return publisher().add({file}).value().front().record;
    }

    void write() { EXPECT_TRUE(succeeded(export_folder(folder, {.tree = tree}, events))); }

    [[nodiscard]] std::string text(const std::string& place) const {
        std::ifstream in(tree / place, std::ios::binary);
        EXPECT_TRUE(in.is_open()) << place;
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void put(const std::string& place, const std::string& content) const {
        fs::create_directories((tree / place).parent_path());
        std::ofstream(tree / place, std::ios::binary) << content;
    }
    void flip(const std::string& place) const {
        auto content = text(place);
        content.at(content.size() / 2) ^= 1;
        put(place, content);
    }

    CopyReport check(const fs::path& place, const CheckDemands& demands = {}) {
        const auto copy = open_copy(place);
        EXPECT_TRUE(succeeded(copy));
        auto report = check_copy(
            **copy, {trust, seen, verify::default_page_policy(), master.clock.now()}, demands
        );
        EXPECT_TRUE(succeeded(report));
        return std::move(report).value();
    }

    /// The ids of what closes the gate, each once.
    static std::set<std::string> errors(const CopyReport& checked) {
        std::set<std::string> ids;
        for (const auto& item : checked.report.items) {
            for (const auto& finding : verify::findings_of(item)) {
                if (finding.severity == verify::Severity::error) {
                    ids.insert(finding.id);
                }
            }
        }
        return ids;
    }

    TestMaster master;
    test::TempFolder temp;
    MirrorFolder folder;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    verify::TrustBundle trust;
    verify::TrustState seen;
    SilentSink events;
    fs::path tree = temp / "tree";
    std::optional<FileRecord> demo;
    std::optional<FileRecord> other;
};

using Ids = std::set<std::string>;

TEST_F(CopyCheckTest, AcceptsATreeAndTheFolderItCameFrom) {
    // Of each project two pages, a file and its metadata text; the tree has a list too.
    const auto of_tree = check(tree);
    EXPECT_EQ(errors(of_tree), Ids());
    EXPECT_EQ(of_tree.report.items.size(), 9U);
    EXPECT_EQ(of_tree.report.accepted(), 9U);
    const auto of_folder = check(folder.path());
    EXPECT_EQ(errors(of_folder), Ids());
    EXPECT_EQ(of_folder.report.accepted(), 8U);
    EXPECT_EQ(of_folder.learnt, of_tree.learnt);
    EXPECT_TRUE(of_tree.learnt.seen(demo->path.name().project()).has_value());
}

TEST_F(CopyCheckTest, TellsEveryFailureAndNotTheFirstAlone) {
    flip(file_path(demo->path));
    fs::remove(tree / (file_path(demo->path) + ".metadata"));
    flip("serversig/other");
    fs::remove_all(tree / "simple/other/index.json");
    const auto checked = check(tree);
    EXPECT_EQ(
        errors(checked),
        (Ids{"file-hash-mismatch", "file-not-found", "page-signature-invalid", "project-not-found"})
    );
    // The list and both pages of demo hold.
    EXPECT_EQ(checked.report.accepted(), 3U);
}

TEST_F(CopyCheckTest, FindsAChangedBlobInTheFolderOfAMirror) {
    const auto hex = demo->path.digest().to_hex();
    const auto blob = folder.path() / "blobs" / hex.substr(0, 2) / hex;
    fs::permissions(blob, fs::perms::owner_write, fs::perm_options::add);
    std::ofstream(blob, std::ios::app) << "more";
    EXPECT_EQ(errors(check(folder.path())), Ids{"file-length-mismatch"});
    fs::remove(blob);
    EXPECT_EQ(errors(check(folder.path())), Ids{"file-not-found"});
}

TEST_F(CopyCheckTest, TellsWhatTheFilterOfAMirrorLeavesOutAndMissesNothingOfIt) {
    const auto transaction = catalog->begin().value();
    ASSERT_TRUE(succeeded(transaction->remove_file(demo->path.name())));
    const std::vector<LeftOutFile> files{{.path = demo->path, .reason = LeaveReason::latest}};
    ASSERT_TRUE(succeeded(transaction->put_left_out(demo->path.name().project(), files)));
    ASSERT_TRUE(succeeded(transaction->commit()));
    ASSERT_TRUE(succeeded(blobs->remove(demo->path.digest())));
    const auto checked = check(folder.path());
    EXPECT_EQ(errors(checked), Ids());
    EXPECT_EQ(checked.report.items.size(), 7U) << "four pages, one file, its text, and the word";
    const auto& said = checked.report.items.back().verdict.findings();
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].id, "file-left-out");
    EXPECT_NE(said[0].seen.find("1 that it leaves out (latest)"), std::string::npos);
    // What is missing without a word of it is missing.
    ASSERT_TRUE(succeeded(blobs->remove(other->path.digest())));
    EXPECT_EQ(errors(check(folder.path())), Ids{"file-not-found"});
}

TEST_F(CopyCheckTest, TellsWhatATreeSaysThatItsMirrorLeftOut) {
    fs::remove(tree / file_path(demo->path));
    EXPECT_EQ(errors(check(tree)), Ids{"file-not-found"}) << "missing without a word of it";
    const std::vector<LeftOutFile> files{{.path = demo->path, .reason = LeaveReason::latest}};
    fs::remove(tree / (file_path(demo->path) + ".metadata"));
    put("left-out/demo.json", render_left_out_list(files));
    const auto checked = check(tree);
    EXPECT_EQ(errors(checked), Ids());
    std::vector<verify::Finding> said;
    for (const auto& item : checked.report.items) {
        for (const auto& finding : verify::findings_of(item)) {
            if (finding.id.starts_with("file-")) {
                said.push_back(finding);
            }
        }
    }
    ASSERT_EQ(said.size(), 1U) << "nothing but that, and it stands at a place of the format";
    EXPECT_EQ(said[0].id, "file-left-out");
    EXPECT_NE(said[0].seen.find("1 that it leaves out (latest)"), std::string::npos);
    put("left-out/demo.json", "{}");
    const auto damaged = check(tree);
    EXPECT_TRUE(std::any_of(
        damaged.report.items.begin(),
        damaged.report.items.end(),
        [](const auto& item) { return item.error.has_value(); }
    ));
}

TEST_F(CopyCheckTest, BelievesNoWordOfLeavingOutWhatIsThere) {
    const auto transaction = catalog->begin().value();
    const std::vector<LeftOutFile> files{{.path = demo->path, .reason = LeaveReason::latest}};
    ASSERT_TRUE(succeeded(transaction->put_left_out(demo->path.name().project(), files)));
    ASSERT_TRUE(succeeded(transaction->commit()));
    ASSERT_TRUE(succeeded(blobs->remove(demo->path.digest())));
    EXPECT_EQ(errors(check(folder.path())), Ids{"file-not-found"});
}

TEST_F(CopyCheckTest, WarnsOfFilesAndProjectsThatNothingNames) {
    put("packages/aa/bb/left-behind-1.0.tar.gz", "x");
    put("simple/No_Name/index.html", "x");
    const auto checked = check(tree);
    EXPECT_EQ(errors(checked), Ids());
    const auto& last = checked.report.items.back();
    ASSERT_EQ(last.verdict.findings().size(), 2U);
    EXPECT_EQ(last.verdict.findings().front().id, "file-not-named");
}

TEST_F(CopyCheckTest, RefusesStatesThatAreOlderThanOneSeen) {
    seen.remember(demo->path.name().project(), {1'000});
    EXPECT_EQ(errors(check(tree)), Ids{"page-serial-rollback"});
}

TEST_F(CopyCheckTest, RefusesTwoFormsOfDifferentStates) {
    const auto page = text("simple/demo/index.html");
    const auto signature = text("serversig/demo");
    add("demo", "2.0");
    write();
    put("simple/demo/index.html", page);
    put("serversig/demo", signature);
    EXPECT_EQ(errors(check(tree)), Ids{"page-forms-differ"});
}

TEST_F(CopyCheckTest, DemandsFreshnessWhereItIsAskedFor) {
    const CheckDemands demands{.max_age = std::chrono::hours(1)};
    EXPECT_EQ(errors(check(tree, demands)), Ids());
    put("last-modified", format_last_modified(master.clock.now() - std::chrono::hours(2)) + "\n");
    EXPECT_EQ(errors(check(tree, demands)), Ids{"mirror-stale"});
    fs::remove(tree / "last-modified");
    EXPECT_EQ(errors(check(tree, demands)), Ids{"freshness-unknown"});
}

TEST_F(CopyCheckTest, BelievesNoDateToCome) {
    const CheckDemands demands{.max_age = std::chrono::hours(1)};
    put("last-modified", format_last_modified(master.clock.now() + std::chrono::minutes(9)) + "\n");
    EXPECT_EQ(errors(check(tree, demands)), Ids());
    put("last-modified", "21990101T00:00:00\n");
    EXPECT_EQ(errors(check(tree, demands)), Ids{"mirror-clock-ahead"});
}

TEST_F(CopyCheckTest, HasProvenNothingWithoutASignedPage) {
    for (const auto* project : {"demo", "other"}) {
        fs::remove_all(tree / "simple" / project);
    }
    fs::remove_all(tree / "packages");
    const verify::RootList nothing{{9}, {}};
    put("simple/index.json", verify::render_root(nothing, verify::PageForm::json));
    put("simple/index.html", verify::render_root(nothing, verify::PageForm::html));
    const CheckDemands demands{.max_age = std::chrono::hours(1)};
    EXPECT_EQ(errors(check(tree, demands)), Ids{"nothing-signed"});
    fs::remove(tree / "serverkey.crt");
    EXPECT_EQ(errors(check(tree)), (Ids{"nothing-signed", "signer-chain-missing"}));
}

TEST_F(CopyCheckTest, AppliesThePolicyToProjectsAndFiles) {
    CheckDemands demands;
    demands.policy =
        ProxyPolicy::parse(R"({"format": "heliograph-proxy-policy-1", "deny": ["other"]})").value();
    EXPECT_EQ(errors(check(tree, demands)), Ids{"policy-refused"});
    demands.policy = {};
    EXPECT_TRUE(succeeded(demands.policy.demand("provenance")));
    const auto checked = check(tree, demands);
    EXPECT_EQ(errors(checked), Ids{"policy-refused"});
    EXPECT_EQ(checked.report.items.size() - checked.report.accepted(), 2U) << "each file once";
    EXPECT_FALSE(demands.policy.demand("faith").has_value());
}

TEST_F(CopyCheckTest, BelievesNobodyWhoseSignerIsUnknown) {
    trust = TestMaster().trust();
    const auto checked = check(tree);
    EXPECT_TRUE(errors(checked).contains("signer-chain-untrusted"));
    // What nobody vouches for is read no further.
    EXPECT_EQ(checked.report.items.size(), 5U);
    EXPECT_EQ(checked.report.accepted(), 1U) << "the list of projects, which nobody signs";
}

TEST_F(CopyCheckTest, RefusesDistributionsThatNoPageVouchesFor) {
    for (const auto* place :
         {"evil-1-py3-none-any.whl", "simple/demo/evil-1.tar.bz2", "integrity/evil-1.TGZ"}) {
        put(place, "evil");
        EXPECT_EQ(errors(check(tree)), Ids{"distribution-misplaced"}) << place;
        fs::remove(tree / place);
    }
    EXPECT_EQ(errors(check(tree)), Ids());
    fs::create_directory(temp / "elsewhere");
    fs::create_directory_symlink(temp / "elsewhere", tree / "simple/linked");
    EXPECT_EQ(errors(check(tree)), (Ids{"not-checked", "project-not-found"}));
    fs::remove(tree / "simple/linked");
    std::ofstream(folder.path() / "evil-1-py3-none-any.whl") << "evil";
    EXPECT_EQ(errors(check(folder.path())), Ids{"distribution-misplaced"});
}

TEST_F(CopyCheckTest, WarnsOfEveryFileThatTheFormatDoesNotName) {
    for (const auto* place :
         {"robots.txt", "simple/demo/more.html", "changelog/since-x.json", "serversig/.hidden"}) {
        put(place, "x");
        const auto checked = check(tree);
        EXPECT_EQ(errors(checked), Ids());
        EXPECT_EQ(checked.report.items.back().verdict.findings().size(), 1U) << place;
        fs::remove(tree / place);
    }
}

TEST_F(CopyCheckTest, RefusesAnHtmlListThatSaysSomethingElse) {
    auto list = text("simple/index.html");
    list.insert(list.find("<a "), "<a href=\"evil/\">evil</a>");
    put("simple/index.html", list);
    EXPECT_EQ(errors(check(tree)), Ids{"list-forms-differ"});
    fs::remove(tree / "simple/index.html");
    EXPECT_EQ(errors(check(tree)), Ids{"list-forms-differ"});
}

TEST_F(CopyCheckTest, JudgesAFolderByAllOfItsPagesOrNotAtAll) {
    put("mirror.json", text("simple/index.json"));
    EXPECT_EQ(open_copy(tree).error().code(), ErrorCode::malformed);
}

TEST_F(CopyCheckTest, FollowsTheFolderOfFilesToAnotherDisk) {
    fs::rename(tree / "packages", temp / "disk");
    fs::create_directory_symlink(temp / "disk", tree / "packages");
    EXPECT_EQ(errors(check(tree)), Ids());
    std::ofstream(temp / "disk/left-1.0.tar.gz") << "x";
    EXPECT_EQ(check(tree).report.items.back().verdict.findings().front().id, "file-not-named");
}

TEST_F(CopyCheckTest, OpensNothingThatIsNoCopy) {
    const auto copy = open_copy(temp.path());
    EXPECT_EQ(copy.error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace heliograph::mirror
