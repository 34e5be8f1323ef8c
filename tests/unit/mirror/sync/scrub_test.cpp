// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/mirror_setup.hpp>
#include <mirror/sync/scrub.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <tests/unit/mirror/sync/served_catalog.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <sys/resource.h>

#include <filesystem>
#include <fstream>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;
using State = ScrubDamage::State;

// A mirror on disk that follows a master in memory.
class ScrubTest : public ::testing::Test {
  protected:
    void SetUp() override {
        record = master.add("demo", "1.0").record;
        master.add("other", "1.0", "y = 2\n");
        ASSERT_TRUE(succeeded(init_mirror(
            {.folder = path,
             .upstream = Url::parse("http://upstream.example/").value(),
             .trust_bundle = to_bytes(verify::render_trust_bundle(master.trust()))}
        )));
        folder.emplace(MirrorFolder::open(path).value());
        const auto report = sync_folder(*folder, {served, {&served}}, {}, master.clock, events);
        ASSERT_TRUE(succeeded(report));
        ASSERT_TRUE(report->complete());
    }

    ScrubReport check() { return scrub_folder(*folder, nullptr, {}, master.clock, events).value(); }
    ScrubReport repair() {
        return scrub_folder(*folder, &served, {}, master.clock, events).value();
    }

    // Reads nothing that is as it was; the clock goes on, so that what lies here has settled.
    ScrubReport check_quickly() {
        master.clock.advance(std::chrono::minutes(1));
        return scrub_folder(
                   *folder,
                   nullptr,
                   {.sync = {}, .unchanged = ScrubOptions::Unchanged::counts_as_sound},
                   master.clock,
                   events
        )
            .value();
    }

    fs::path blob_path(const pki::Sha256& digest) const {
        return path / "blobs" / digest.to_hex().substr(0, 2) / digest.to_hex();
    }

    // Same length, so that only hashing tells.
    void damage(const pki::Sha256& digest) const {
        std::fstream file(blob_path(digest), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(10);
        const auto byte = static_cast<char>(file.peek() ^ 1);
        file.seekp(10);
        file.put(byte);
    }

    pki::Sha256 served_record(const std::string& project) const {
        const auto name = verify::parse_normalised_name(project).value();
        return folder->open_catalog().value()->files(name).value().front().path.digest();
    }

    TestMaster master;
    FileRecord record{
        .path = verify::FilePath({}, verify::parse_dist_file_name("demo-1.0.tar.gz").value()),
        .metadata = {}};
    ServedCatalog served{master.catalog, master.blobs};
    test::TempFolder temp;
    fs::path path = temp / "mirror";
    std::optional<MirrorFolder> folder;
    SilentSink events;
};

TEST_F(ScrubTest, FindsNothingInASoundMirror) {
    const auto report = check();
    EXPECT_TRUE(report.sound());
    EXPECT_EQ(report.projects, 2U);
    EXPECT_EQ(report.blobs, 4U);
    EXPECT_EQ(report.orphans, 0U);
    EXPECT_GT(report.bytes, record.size_bytes);
}

TEST_F(ScrubTest, FindsAndRepairsOneFlippedByte) {
    damage(record.path.digest());
    const auto found = check();
    ASSERT_EQ(found.damage.size(), 1U);
    EXPECT_FALSE(found.sound());
    EXPECT_EQ(found.damage[0].state, State::found);
    EXPECT_NE(found.damage[0].verdict.find("stored-blob-damaged"), nullptr);
    const auto repaired = repair();
    ASSERT_EQ(repaired.damage.size(), 1U);
    EXPECT_EQ(repaired.damage[0].state, State::repaired) << repaired.damage[0].reason;
    EXPECT_TRUE(repaired.sound());
    EXPECT_TRUE(check().damage.empty());
}

TEST_F(ScrubTest, RepairsMetadataAndMissingBlobs) {
    damage(record.metadata->digest);
    fs::remove(blob_path(record.path.digest()));
    const auto found = check();
    EXPECT_NE(found.damage[0].verdict.find("stored-blob-damaged"), nullptr);
    EXPECT_NE(found.damage[0].verdict.find("stored-blob-missing"), nullptr);
    EXPECT_TRUE(repair().sound());
    EXPECT_TRUE(check().damage.empty());
}

TEST_F(ScrubTest, RepairsAPageThatTheDiskAltered) {
    const auto name = verify::parse_normalised_name("demo").value();
    {
        const auto catalog = folder->open_catalog().value();
        auto page = catalog->page(name, verify::PageForm::html).value();
        page.body[page.body.size() / 2] ^= std::byte{1};
        const auto transaction = catalog->begin().value();
        ASSERT_TRUE(succeeded(transaction->put_page(name, verify::PageForm::html, page)));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    const auto found = check();
    ASSERT_EQ(found.damage.size(), 1U);
    EXPECT_NE(found.damage[0].verdict.find("page-signature-invalid"), nullptr);
    EXPECT_TRUE(repair().sound());
    EXPECT_TRUE(check().damage.empty());
}

TEST_F(ScrubTest, TakesDamageOutOfServiceThatItCannotRepair) {
    damage(record.path.digest());
    served.lie(record.path.absolute(), [](ServedAnswer answer) -> Result<ServedAnswer> {
        answer.body[0] ^= 1;
        return answer;
    });
    const auto report = repair();
    EXPECT_FALSE(report.sound());
    EXPECT_EQ(report.damage[0].state, State::lost);
    EXPECT_FALSE(report.damage[0].reason.empty());
    EXPECT_FALSE(fs::exists(blob_path(record.path.digest()))) << "nobody gets the damaged bytes";
    served.tell_the_truth();
    EXPECT_TRUE(
        sync_folder(*folder, {served, {&served}}, {}, master.clock, events).value().complete()
    );
    EXPECT_TRUE(check().damage.empty());
}

// The whole check is done and told, and only then what could not be had.
TEST_F(ScrubTest, TellsAllDamageAlthoughTheUpstreamIsDead) {
    const auto other = served_record("other");
    damage(record.path.digest());
    damage(other);
    for (const std::size_t answers : {0U, 3U}) {
        served.die_after(answers);
        const auto report = repair();
        EXPECT_EQ(report.projects, 2U);
        ASSERT_EQ(report.damage.size(), 2U);
        for (const auto& damage : report.damage) {
            EXPECT_EQ(damage.state, State::lost) << damage.project.text();
            ASSERT_TRUE(damage.failure.has_value());
            EXPECT_EQ(damage.failure->code(), ErrorCode::network);
        }
        EXPECT_FALSE(fs::exists(blob_path(record.path.digest()))) << "nobody gets damaged bytes";
        EXPECT_EQ(folder->open_catalog().value()->pending().value().size(), 2U);
    }
    served.go_on();
    EXPECT_TRUE(
        sync_folder(*folder, {served, {&served}}, {}, master.clock, events).value().complete()
    );
    EXPECT_TRUE(check().damage.empty());
}

// No descriptor is to be had for as long as it lives.
class DescriptorFamine {
  public:
    DescriptorFamine() {
        EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &m_before), 0);
        const rlimit none{.rlim_cur = 0, .rlim_max = m_before.rlim_max};
        EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    }
    DescriptorFamine(const DescriptorFamine&) = delete;
    DescriptorFamine& operator=(const DescriptorFamine&) = delete;
    ~DescriptorFamine() { EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &m_before), 0); }

  private:
    rlimit m_before{};
};

TEST_F(ScrubTest, TakesAWantOfDescriptorsForNoDamage) {
    const auto catalog = folder->open_catalog().value();
    const auto blobs = folder->open_blobs();
    const auto trust = master.trust();
    const ScrubParts parts{
        .catalog = *catalog,
        .blobs = *blobs,
        .trust = trust,
        .clock = master.clock,
        .events = events};
    ASSERT_TRUE(scrub(parts, {}).value().sound()) << "what it opens once is open";
    const DescriptorFamine famine;
    ScrubOptions options;
    options.only = catalog->projects().value();
    expect_error(scrub(parts, options), ErrorCode::denied, "Too many open files");
}

TEST_F(ScrubTest, CountsOrphansAndSweepsThemWhenRepairing) {
    const auto writer = folder->open_blobs()->begin().value();
    ASSERT_TRUE(succeeded(writer->write(bytes_of("left by a crash"))));
    ASSERT_TRUE(succeeded(writer->commit()));
    EXPECT_EQ(check().orphans, 1U);
    EXPECT_EQ(repair().orphans, 1U);
    EXPECT_EQ(check().orphans, 0U);
}

TEST_F(ScrubTest, ReadsNothingAgainThatIsAsItWas) {
    EXPECT_EQ(check_quickly().blobs, 4U) << "nothing is known yet";
    const auto again = check_quickly();
    EXPECT_TRUE(again.sound());
    EXPECT_EQ(again.blobs, 0U);
    EXPECT_EQ(again.unread, 4U);
    EXPECT_EQ(check().blobs, 4U) << "only when asked to";
}

TEST_F(ScrubTest, ReadsAgainWhatWasTouchedAndFindsTheDamage) {
    static_cast<void>(check_quickly());
    damage(record.path.digest());
    const auto found = check_quickly();
    EXPECT_EQ(found.blobs, 1U);
    ASSERT_EQ(found.damage.size(), 1U);
    EXPECT_NE(found.damage[0].verdict.find("stored-blob-damaged"), nullptr);
    EXPECT_FALSE(check_quickly().sound()) << "damage is never held for sound";
}

TEST_F(ScrubTest, ReadsAgainWhatLiesInTheSamePlaceAsANewFile) {
    static_cast<void>(check_quickly());
    const auto place = blob_path(record.path.digest());
    fs::copy_file(place, temp / "copy");
    fs::rename(temp / "copy", place);
    EXPECT_EQ(check_quickly().blobs, 1U);
}

TEST_F(ScrubTest, ReadsEverythingWhenItsMemoryIsDamaged) {
    static_cast<void>(check_quickly());
    std::fstream memory(path / "checked.bin", std::ios::in | std::ios::out | std::ios::binary);
    constexpr std::streamoff somewhere = 60;
    memory.seekg(somewhere);
    const int there = memory.get();
    memory.seekp(somewhere);
    memory.put(static_cast<char>(there ^ 1));
    memory.close();
    EXPECT_EQ(check_quickly().blobs, 4U);
}

TEST_F(ScrubTest, JudgesPagesAnewWhenTheSignersChange) {
    static_cast<void>(check_quickly());
    const auto catalog = folder->open_catalog().value();
    const auto transaction = catalog->begin().value();
    TestMaster stranger;
    ASSERT_TRUE(succeeded(transaction->put_evidence(
        EvidenceKind::signer_chain, bytes_of(stranger.signer().chain_pem())
    )));
    ASSERT_TRUE(succeeded(transaction->commit()));
    EXPECT_EQ(check_quickly().damage.size(), 2U);
}

TEST_F(ScrubTest, LooksAtAsManyFilesAsASampleAsksFor) {
    const auto report =
        scrub_folder(*folder, nullptr, {.sync = {}, .sample_files = 1}, master.clock, events)
            .value();
    EXPECT_EQ(report.projects, 1U);
    EXPECT_EQ(report.blobs, 2U) << "a file and its metadata";
}

TEST_F(ScrubTest, EndsAtOnceWhenItIsStoppedWhileItWaits) {
    std::stop_source stop;
    stop.request_stop();
    // At this rate the check would take hours.
    const auto stopped = scrub_folder(
        *folder,
        nullptr,
        {.sync = {.stop = stop.get_token()}, .bytes_per_second = 1},
        master.clock,
        events
    );
    expect_error(stopped, ErrorCode::cancelled);
}

TEST_F(ScrubTest, LeavesAFolderAloneThatAnotherProcessHolds) {
    const auto lock = folder->lock().value();
    expect_error(scrub_folder(*folder, nullptr, {}, master.clock, events), ErrorCode::conflict);
    expect_error(
        sync_folder(*folder, {served, {&served}}, {}, master.clock, events), ErrorCode::conflict
    );
}

TEST_F(ScrubTest, DoesNotLetAMasterFollowAnybody) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(temp / "master", {})));
    const auto other = MirrorFolder::open(temp / "master").value();
    ASSERT_TRUE(succeeded(write_file_atomically(
        other.trust_path(), bytes_of(verify::render_trust_bundle(master.trust()))
    )));
    expect_error(
        sync_folder(other, {served, {&served}}, {}, master.clock, events),
        ErrorCode::invalid_argument,
        "master"
    );
}

// As `mirror sync --watch` holds a folder for days.
TEST_F(ScrubTest, OfAFolderThatWasFilteredMeanwhileAppliesTheNewFilter) {
    auto another = MirrorFolder::open(path).value();
    ASSERT_TRUE(succeeded(another.want({.projects = std::vector<std::string>{"other"}})));
    const auto report = sync_folder(*folder, {served, {&served}}, {}, master.clock, events);
    ASSERT_TRUE(succeeded(report));
    EXPECT_TRUE(report->complete()) << report->upstream.describe();
    const auto left = folder->open_catalog().value()->projects().value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left.front().name.text(), "other");
}

}  // namespace
}  // namespace heliograph::mirror
