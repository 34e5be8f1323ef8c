// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/publisher.hpp>
#include <pki/crypto/signature_check.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

#include <fstream>
#include <map>
#include <stop_token>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;

class PublisherTest : public ::testing::Test {
  protected:
    static verify::ProjectName project(std::string_view name) {
        return verify::parse_normalised_name(name).value();
    }

    verify::ProjectPage page(
        std::string_view name, verify::PageForm form = verify::PageForm::json
    ) {
        const auto stored = master.catalog.page(project(name), form).value();
        return verify::parse_page(text_of(stored.body), form).value();
    }

    std::vector<JournalEvent> events() const { return master.catalog.events({}, 1000).value(); }

    TestMaster master;
};

TEST_F(PublisherTest, PutsAFileOnBothPagesWithOneEvent) {
    const auto added = master.add("demo", "1.0");
    EXPECT_EQ(added.outcome, AddedFile::Outcome::published);
    EXPECT_EQ(added.serial, verify::Serial{4}) << "evidence, project and release came before";
    const auto json = page("demo");
    ASSERT_EQ(json.files.size(), 1U);
    EXPECT_EQ(json.serial, added.serial);
    EXPECT_EQ(json.files[0].sha256, added.record.path.digest());
    EXPECT_EQ(json.files[0].size_bytes, added.record.size_bytes);
    EXPECT_EQ(json.files[0].upload_time, master.clock.now());
    EXPECT_EQ(json.files[0].requires_python, ">=3.8");
    EXPECT_EQ(json.files[0].core_metadata, added.record.metadata->digest);
    EXPECT_EQ(page("demo", verify::PageForm::html).files[0].sha256, added.record.path.digest());
    const auto last = events().back();
    EXPECT_EQ(last.action, JournalAction::add_file);
    EXPECT_EQ(
        last.pages->json,
        master.catalog.page(project("demo"), verify::PageForm::json).value().digest
    );
    EXPECT_EQ(
        last.pages->html,
        master.catalog.page(project("demo"), verify::PageForm::html).value().digest
    );
    EXPECT_EQ(master.catalog.state().value().last_modified, master.clock.now());
}

TEST_F(PublisherTest, StoresFileAndMetadataBeforeItNamesThem) {
    const auto added = master.add("demo", "1.0");
    EXPECT_EQ(
        hash_blob(master.blobs, added.record.path.digest()).value(), added.record.path.digest()
    );
    const auto text = read_blob(master.blobs, added.record.metadata->digest, 10'000).value();
    EXPECT_NE(text_of(text).find("Name: demo"), std::string_view::npos);
}

TEST_F(PublisherTest, SignsTheExactBytesOfBothPages) {
    master.add("demo", "1.0");
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        const auto stored = master.catalog.page(project("demo"), form).value();
        EXPECT_EQ(stored.digest, pki::sha256(stored.body));
        const auto check = [&](ByteSpan body) {
            return verify::check_page_signature(
                       master.signer().leaf.public_key(),
                       pki::SignedBytes{body},
                       pki::SignatureBytes{stored.signature},
                       {.subject = "page", .signer = "signer", .source = ""}
            )
                .value()
                .accepted();
        };
        EXPECT_TRUE(check(stored.body));
        auto altered = stored.body;
        altered[altered.size() / 2] ^= std::byte{1};
        EXPECT_FALSE(check(altered));
    }
}

TEST_F(PublisherTest, TakesTheSameFileAgainWithoutASerial) {
    master.add("demo", "1.0");
    const auto before = master.catalog.change_counter().value();
    const auto again = master.add("demo", "1.0");
    EXPECT_EQ(again.outcome, AddedFile::Outcome::same);
    EXPECT_EQ(again.serial, verify::Serial{4});
    EXPECT_EQ(master.catalog.change_counter().value(), before);
}

TEST_F(PublisherTest, NeverReplacesAPublishedFile) {
    const auto added = master.add("demo", "1.0");
    const auto other = master.write("demo", "1.0", "import evil\n");
    expect_error(master.publisher().add({other}), ErrorCode::exists, "new version");
    EXPECT_EQ(page("demo").files[0].sha256, added.record.path.digest());
    EXPECT_EQ(master.blobs.list().value().size(), 2U) << "the refused file must not stay";
}

TEST_F(PublisherTest, TakesNoSecondSpellingOfAFile) {
    master.add("my-demo", "1.0");
    const auto first = master.write("my-demo", "1.0", "y = 2\n");
    const auto other = first.parent_path() / "My_Demo-1.0.0-py3-none-any.whl";
    std::filesystem::rename(first, other);
    expect_error(master.publisher().add({other}), ErrorCode::exists, "the same to installers");
    master.add("my-demo", "1.0.post1", "y = 2\n");
    const auto third = master.write("my-demo", "1.0", "z = 3\n");
    const auto tags = third.parent_path() / "my_demo-1.0-PY3-None-any.whl";
    std::filesystem::rename(third, tags);
    expect_error(master.publisher().add({tags}), ErrorCode::exists, "the same to installers");
}

TEST_F(PublisherTest, PublishesAllFilesOfACallOrNone) {
    const auto good = master.write("demo", "1.0");
    const fs::path bad = good.parent_path() / "demo-2.0-py3-none-any.whl";
    std::ofstream(bad) << "no archive";
    expect_error(master.publisher().add({good, bad}), ErrorCode::malformed, "demo-2.0");
    EXPECT_TRUE(master.catalog.projects().value().empty());
    EXPECT_TRUE(master.blobs.list().value().empty());
}

TEST_F(PublisherTest, GivesEachFileOfACallItsSerialAndEachProjectOnePage) {
    const auto added = master.publisher().add(
        {master.write("demo", "1.0"), master.write("other", "1.0"), master.write("demo", "2.0")}
    );
    ASSERT_TRUE(succeeded(added));
    EXPECT_EQ((*added)[2].serial, verify::Serial{9});
    EXPECT_EQ(page("demo").serial, verify::Serial{9});
    EXPECT_EQ(page("demo").files.size(), 2U);
    EXPECT_EQ(page("other").serial, verify::Serial{7});
    EXPECT_EQ(events().size(), 9U);
}

// As the main index's journal does, so that its followers find what they know.
TEST_F(PublisherTest, JournalsAProjectAndAReleaseBeforeTheirFirstFile) {
    using enum JournalAction;
    const auto actions_since = [this](verify::Serial since) {
        std::vector<JournalAction> actions;
        const auto journal = master.catalog.events({.after = since}, 1000).value();
        for (const auto& event : journal) {
            actions.push_back(event.action);
        }
        return actions;
    };
    const auto last = [this] { return master.catalog.state().value().last_serial; };
    const auto begin = last();
    const auto first = master.add("demo", "1.0");
    EXPECT_EQ(actions_since(begin), (std::vector{create_project, add_release, add_file}));
    const auto before = last();
    const auto sdist = test_support::write_sdist(
        master.write("demo", "1.0").parent_path(), {.name = "demo", .version = "1.0"}
    );
    ASSERT_TRUE(succeeded(master.publisher().add({sdist})));
    EXPECT_EQ(actions_since(before), std::vector{add_file}) << "another file of the release";
    const auto then = last();
    master.add("demo", "1.1");
    EXPECT_EQ(actions_since(then), (std::vector{add_release, add_file}));
    const auto release = master.catalog.events({.after = then}, 1).value().front();
    EXPECT_EQ(release.version, verify::parse_version("1.1").value());
    EXPECT_FALSE(release.pages);
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    const auto gone = last();
    master.add("demo", "1.0");
    EXPECT_EQ(actions_since(gone), (std::vector{create_project, add_release, add_file}));
    EXPECT_GT(first.serial, begin);
}

TEST_F(PublisherTest, RefusesAFileWhoseNameIsNoDistribution) {
    const auto path = master.write("demo", "1.0").parent_path() / "demo.exe";
    std::ofstream(path) << "MZ";
    EXPECT_FALSE(master.publisher().add({path}).has_value());
    expect_error(
        master.publisher().add({path.parent_path() / "none-1.0.tar.gz"}), ErrorCode::not_found
    );
}

TEST_F(PublisherTest, RefusesAFileOverTheLimit) {
    const auto path = master.write("demo", "1.0");
    expect_error(
        master.publisher().add({path}, {.file_bytes = 100, .dist = {}}), ErrorCode::too_large, "100"
    );
    EXPECT_TRUE(master.blobs.list().value().empty());
}

TEST_F(PublisherTest, TakesAFileAwayWithItsBlobs) {
    const auto gone = master.add("demo", "1.0");
    const auto kept = master.add("demo", "2.0");
    const auto serial = master.publisher().remove_file(gone.record.path.name());
    ASSERT_TRUE(succeeded(serial));
    EXPECT_EQ(page("demo").serial, *serial);
    ASSERT_EQ(page("demo").files.size(), 1U);
    EXPECT_EQ(page("demo").files[0].name, kept.record.path.name());
    expect_error(master.blobs.open(gone.record.path.digest()), ErrorCode::not_found);
    EXPECT_TRUE(succeeded(master.blobs.open(kept.record.path.digest())));
    EXPECT_EQ(events().back().action, JournalAction::remove_file);
    expect_error(master.publisher().remove_file(gone.record.path.name()), ErrorCode::not_found);
}

TEST_F(PublisherTest, KeepsABlobThatAnotherFileNames) {
    const auto added = master.add("demo", "1.0");
    // The same content under two names cannot come from add(); a mirror's record can name any blob
    // twice.
    const auto transaction = master.catalog.begin().value();
    auto second = added.record;
    second.path = verify::FilePath(
        added.record.path.digest(),
        verify::parse_dist_file_name("demo-1.0-1-py3-none-any.whl").value()
    );
    ASSERT_TRUE(succeeded(transaction->put_file(second)));
    ASSERT_TRUE(succeeded(transaction->commit()));
    ASSERT_TRUE(succeeded(master.publisher().remove_file(added.record.path.name())));
    EXPECT_TRUE(succeeded(master.blobs.open(added.record.path.digest())));
}

TEST_F(PublisherTest, TakesAProjectAwayAndKeepsTheFactInTheJournal) {
    master.add("demo", "1.0");
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    EXPECT_TRUE(master.catalog.projects().value().empty());
    EXPECT_TRUE(master.blobs.list().value().empty());
    EXPECT_EQ(events().back().action, JournalAction::remove_project);
    expect_error(master.publisher().remove_project(project("demo")), ErrorCode::not_found);
    const auto back = master.add("demo", "1.0");
    EXPECT_GT(page("demo").serial, events()[4].serial) << "serials go on after a removal";
    EXPECT_EQ(back.outcome, AddedFile::Outcome::published);
}

TEST_F(PublisherTest, TakesNoSerialForTheSameEvidence) {
    const auto before = master.catalog.state().value().last_serial;
    EXPECT_EQ(
        master.publisher().publish_evidence({master.signer().chain_pem(), ""}).value(), before
    );
    master.roll_signer();
    EXPECT_EQ(master.catalog.state().value().last_serial.value, before.value + 1);
    EXPECT_EQ(events().back().action, JournalAction::change_evidence);
}

TEST_F(PublisherTest, RefusesEvidenceWithoutItsOwnSigner) {
    const TestMaster other;
    expect_error(
        master.publisher().publish_evidence({other.signer().chain_pem(), ""}),
        ErrorCode::invalid_argument,
        "signs pages"
    );
    expect_error(
        master.publisher().publish_evidence({master.signer().chain_pem(), "no list"}),
        ErrorCode::malformed
    );
}

TEST_F(PublisherTest, RefusesToSignAPageThatTheDiskAltered) {
    master.add("demo", "1.0");
    auto stored = master.catalog.page(project("demo"), verify::PageForm::json).value();
    stored.body[stored.body.size() / 2] ^= std::byte{1};
    const auto transaction = master.catalog.begin().value();
    ASSERT_TRUE(succeeded(transaction->put_page(project("demo"), verify::PageForm::json, stored)));
    ASSERT_TRUE(succeeded(transaction->commit()));
    expect_error(
        master.publisher().add({master.write("demo", "2.0")}),
        ErrorCode::malformed,
        "the disk altered it"
    );
}

class BulkTest : public PublisherTest {
  protected:
    struct Told {
        std::string file;
        Result<AddedFile> outcome;
    };

    // Two files of each of so many projects.
    std::vector<fs::path> write_many(int projects) {
        std::vector<fs::path> files;
        for (int at = 0; at < projects; ++at) {
            const auto name = "demo" + std::to_string(at);
            files.push_back(master.write(name, "1.0", name));
            files.push_back(master.write(name, "1.1", name + "!"));
        }
        return files;
    }

    Outcome add(const std::vector<fs::path>& files, const BulkOptions& options) {
        told.clear();
        return master.publisher()
            .add_bulk(files, options, [&](const fs::path& path, const Result<AddedFile>& outcome) {
                told.push_back({path.filename(), outcome});
            });
    }

    std::vector<Told> told;
};

TEST_F(BulkTest, PublishesBatchAfterBatch) {
    const auto files = write_many(5);
    ASSERT_TRUE(succeeded(add(files, {.limits = {}, .batch_files = 3, .workers = {}})));
    ASSERT_EQ(told.size(), files.size());
    for (const auto& one : told) {
        ASSERT_TRUE(succeeded(one.outcome)) << one.file;
        EXPECT_EQ(one.outcome->outcome, AddedFile::Outcome::published);
    }
    EXPECT_EQ(page("demo4").files.size(), 2U);
    EXPECT_EQ(events().size(), 1U + 5U + 2 * files.size()) << "each file is a release here";
}

TEST_F(BulkTest, PublishesMoreProjectsInOneBatchThanAreHeldReady) {
    constexpr int projects = 300;
    std::vector<fs::path> files;
    for (int at = 0; at < projects; ++at) {
        const auto name = "demo" + std::to_string(at);
        files.push_back(master.write(name, "1.0", name));
    }
    ASSERT_TRUE(succeeded(add(files, {.limits = {}, .batch_files = 1000, .workers = {}})));
    const auto journal = master.catalog.events({}, 4 * files.size()).value();
    ASSERT_EQ(journal.size(), 1U + 3 * files.size());
    for (const auto& event : journal) {
        if (event.action == JournalAction::add_file) {
            const auto html = master.catalog.page(*event.project, verify::PageForm::html).value();
            const auto json = master.catalog.page(*event.project, verify::PageForm::json).value();
            const PageDigests served{
                .html = pki::sha256(html.body), .json = pki::sha256(json.body)};
            EXPECT_EQ(event.pages, served) << event.project->text();
        }
    }
}

TEST_F(BulkTest, CompletesWhatWasBegun) {
    const auto files = write_many(2);
    ASSERT_TRUE(succeeded(master.publisher().add({files[1]})));
    ASSERT_TRUE(succeeded(add(files, {})));
    std::size_t published = 0;
    for (const auto& one : told) {
        published += one.outcome->outcome == AddedFile::Outcome::published ? 1U : 0U;
    }
    EXPECT_EQ(published, files.size() - 1);
    EXPECT_EQ(page("demo0").files.size(), 2U);
}

TEST_F(BulkTest, PassesOverWhatIsRefusedAndKeepsNothingOfIt) {
    auto files = write_many(2);
    const auto taken = master.add("demo0", "2.0");
    files.push_back(master.write("demo0", "2.0", "other content"));
    files.push_back(files.front().parent_path() / "notes.txt");
    std::ofstream(files.back()) << "no archive";
    ASSERT_TRUE(succeeded(add(files, {.limits = {}, .batch_files = 2, .workers = {}})));
    std::map<std::string, ErrorCode> refused;
    for (const auto& one : told) {
        if (!one.outcome) {
            refused.emplace(one.file, one.outcome.error().code());
        }
    }
    EXPECT_EQ(
        refused,
        (std::map<std::string, ErrorCode>{
            {"demo0-2.0-py3-none-any.whl", ErrorCode::exists},
            {"notes.txt", ErrorCode::unsupported}})
    );
    EXPECT_EQ(page("demo0").files.size(), 3U);
    EXPECT_EQ(page("demo0").files.back().sha256, taken.record.path.digest());
    const auto kept = master.blobs.list().value();
    for (const auto& digest : kept) {
        EXPECT_TRUE(master.catalog.names_blob(digest).value());
    }
}

TEST_F(BulkTest, StopsBetweenBatchesAndTellsWhatIsThere) {
    const auto files = write_many(3);
    std::stop_source stop;
    stop.request_stop();
    const auto outcome =
        add(files, {.limits = {}, .batch_files = 2, .workers = {}, .stop = stop.get_token()});
    expect_error(outcome, ErrorCode::cancelled, "run the same command again");
    EXPECT_EQ(told.size(), 2U);
    EXPECT_EQ(master.catalog.projects().value().size(), 1U);
}

}  // namespace
}  // namespace heliograph::mirror
