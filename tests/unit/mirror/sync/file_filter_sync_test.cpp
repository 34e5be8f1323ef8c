// SPDX-License-Identifier: Apache-2.0
// A mirror of some files: pages stay as they were signed, what is left out is known as such, a
// change is applied to what is here, and a cool-down ends by itself.
#include <tests/unit/mirror/sync/follower.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using Names = std::vector<std::string>;

class FilteredFiles : public SyncTest {
  protected:
    FilteredFiles() {
        for (const auto* version : {"1.0", "2.0", "3.0"}) {
            master.add("demo", version, std::string("x = ") + version + "\n");
        }
        newest.latest = 1;
    }

    static Names here(const Follower& one) {
        Names names;
        const auto files = one.catalog.files(project("demo")).value();
        for (const auto& file : files) {
            names.push_back(file.path.name().version().text());
        }
        return names;
    }

    void expect_pages_as_signed(const Follower& one) {
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            const auto copy = one.catalog.page(project("demo"), form).value();
            const auto original = master.catalog.page(project("demo"), form).value();
            EXPECT_EQ(copy.body, original.body);
            EXPECT_EQ(copy.signature, original.signature);
        }
    }

    Follower follower{master};
    FileFilter newest;
};

TEST_F(FilteredFiles, AreHadAndTheOthersNotAskedFor) {
    follower.files = newest;
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(here(follower), Names{"3.0"});
    expect_pages_as_signed(follower);
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_TRUE(std::none_of(asked.begin(), asked.end(), [](const std::string& path) {
        return path.find("demo-1.0") != std::string::npos;
    }));
    const std::vector<LeftOutFile> left_out =
        follower.catalog.left_out_files(project("demo")).value();
    ASSERT_EQ(left_out.size(), 2U);
    EXPECT_EQ(left_out[0].reason, LeaveReason::latest);
}

TEST_F(FilteredFiles, GoWithTheirBlobsWhenTheFilterChangesAndNobodyIsAsked) {
    follower.sync();
    const auto before = follower.blobs.list().value().size();
    follower.files = newest;
    follower.upstream_catalog.take_asked();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), Names{"3.0"});
    EXPECT_LT(follower.blobs.list().value().size(), before);
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_TRUE(std::none_of(asked.begin(), asked.end(), [](const std::string& path) {
        return path.starts_with("/packages/");
    }));
    expect_pages_as_signed(follower);
}

TEST_F(FilteredFiles, ComeWhenTheFilterIsLifted) {
    follower.files = newest;
    follower.sync();
    follower.files = {};
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), (Names{"1.0", "2.0", "3.0"}));
    EXPECT_TRUE(follower.catalog.left_out_files(project("demo")).value().empty());
    expect_sound(follower);
}

TEST_F(FilteredFiles, FollowANewReleaseAndLetTheOldOneGo) {
    follower.files = newest;
    follower.sync();
    master.add("demo", "4.0");
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), Names{"4.0"});
}

TEST_F(FilteredFiles, OfTheRightAgeComeWhenTheyAreThatOldThoughNothingHappensUpstream) {
    follower.files.least_age = std::chrono::hours(24);
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), Names{});
    EXPECT_TRUE(follower.catalog.next_ripe().value());
    EXPECT_EQ(follower.sync().looked_at, 0U) << "nothing is old enough yet";
    master.clock.advance(std::chrono::hours(25));
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), (Names{"1.0", "2.0", "3.0"}));
    EXPECT_FALSE(follower.catalog.next_ripe().value());
}

TEST_F(FilteredFiles, ThatAreOldEnoughAndCannotBeHadWaitForTheTurnOfTheirProject) {
    const SyncOptions when_due{.parked = ParkedTries::when_due};
    follower.files.least_age = std::chrono::hours(24);
    follower.sync();
    master.clock.advance(std::chrono::hours(25));
    follower.upstream_catalog.lie(file_path("demo"), say(404));
    EXPECT_FALSE(follower.sync(when_due).complete());
    EXPECT_EQ(follower.catalog.pending().value().size(), 1U);
    EXPECT_FALSE(follower.catalog.next_ripe().value()) << "whoever watches would not pause";
    EXPECT_EQ(follower.sync(when_due).looked_at, 0U) << "its turn has not come";
    follower.upstream_catalog.tell_the_truth();
    master.clock.advance(std::chrono::minutes(1));
    EXPECT_TRUE(follower.sync(when_due).complete());
    EXPECT_EQ(here(follower), (Names{"1.0", "2.0", "3.0"}));
}

TEST_F(FilteredFiles, AreAppliedAfterARunThatWasKilledOverAChange) {
    follower.files = newest;
    follower.sync();
    follower.files.latest = 2;
    follower.upstream_catalog.end_after(2);
    expect_error(follower.try_sync(), ErrorCode::cancelled);
    follower.upstream_catalog.go_on();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(here(follower), (Names{"2.0", "3.0"}));
}

// Blobs in memory, and how many projects there were when the first of them went.
class WatchedBlobs final : public BlobStore {
  public:
    explicit WatchedBlobs(const Catalog& catalog) : m_catalog(catalog) {}

    Result<std::unique_ptr<BlobWriter>> begin() override { return m_blobs.begin(); }
    Result<std::unique_ptr<BlobBatch>> begin_batch() override { return m_blobs.begin_batch(); }
    [[nodiscard]] Result<OpenBlob> open(const pki::Sha256& digest) const override {
        return m_blobs.open(digest);
    }
    Outcome remove(const pki::Sha256& digest) override {
        HG_TRY(const auto count, m_catalog.project_count());
        first_seen = std::max(first_seen, count);
        return m_blobs.remove(digest);
    }
    [[nodiscard]] Result<std::vector<pki::Sha256>> list() const override { return m_blobs.list(); }
    Result<std::size_t> sweep() override { return m_blobs.sweep(); }
    Result<std::size_t> drop_unfinished() override { return m_blobs.drop_unfinished(); }

    std::uint64_t first_seen = 0;

  private:
    const Catalog& m_catalog;
    MemoryBlobStore m_blobs;
};

TEST(ChangedFilter, GivesRoomBackBeforeAllOfItIsApplied) {
    MemoryCatalog catalog;
    WatchedBlobs blobs(catalog);
    constexpr std::size_t projects = 3000;
    const auto transaction = catalog.begin().value();
    for (std::size_t one = 0; one < projects; ++one) {
        const auto name = "demo" + std::to_string(one);
        const auto file = verify::parse_dist_file_name(name + "-1.0.tar.gz").value();
        const auto digest = pki::sha256(bytes_of(name));
        const StoredPage page{to_bytes(name), digest, {}, {1}};
        ASSERT_TRUE(
            test::succeeded(transaction->put_page(project(name), verify::PageForm::json, page))
        );
        ASSERT_TRUE(test::succeeded(
            transaction->put_file({.path = {digest, file}, .size_bytes = 1, .metadata = {}})
        ));
    }
    ASSERT_TRUE(test::succeeded(transaction->commit()));
    const TestMaster master;
    ServedCatalog served(master.catalog, master.blobs);
    const UpstreamAccess access{.base = Url::parse("http://upstream.example/").value()};
    Upstream upstream(served, access);
    Upstream worker(served, access);
    const auto trust = master.trust();
    SilentSink events;
    const ProjectFilter filter({project("demo1")});
    const FileFilter files;
    static_cast<void>(run_sync(
        {.catalog = catalog,
         .blobs = blobs,
         .upstream = upstream,
         .trust = trust,
         .clock = master.clock,
         .events = events,
         .filter = filter,
         .files = files},
        {&worker},
        {}
    ));
    EXPECT_GT(blobs.first_seen, 1U) << "a disk that is full waits for the last of them";
}

TEST_F(FilteredFiles, TellHowFastAWithdrawalWasFollowed) {
    follower.sync();
    EXPECT_EQ(follower.catalog.upstream_state().value().withdrawals.last, std::nullopt);
    ASSERT_TRUE(test::succeeded(master.publisher().remove_project(project("demo"))));
    master.clock.advance(std::chrono::seconds(42));
    follower.sync();
    const auto record = follower.catalog.upstream_state().value().withdrawals;
    EXPECT_GE(record.followed, 1U);
    EXPECT_EQ(record.last, master.clock.now());
    EXPECT_EQ(record.last_lag, std::chrono::seconds(42));
    EXPECT_EQ(record.longest_lag, std::chrono::seconds(42));
}

}  // namespace
}  // namespace heliograph::mirror
