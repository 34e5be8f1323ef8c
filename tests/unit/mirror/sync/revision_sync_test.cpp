// SPDX-License-Identifier: Apache-2.0
// Mirrors follow what a master changes: yanks, statuses, provenance, removals (threat T22).
#include <tests/unit/mirror/sync/follower.hpp>
#include <tests/unit/verify/attest/statement.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

class RevisionSyncTest : public SyncTest {
  protected:
    static ReleaseName release(std::string_view name, std::string_view version) {
        return {project(name), verify::parse_version(version).value()};
    }
};

TEST_F(RevisionSyncTest, FollowsYanksWithoutFetchingFilesAgain) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().yank(release("demo", "1.0"), "broken")));
    static_cast<void>(follower.upstream_catalog.take_asked());
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    const auto asked = follower.upstream_catalog.take_asked();
    EXPECT_TRUE(std::none_of(asked.begin(), asked.end(), [](const std::string& path) {
        return path.starts_with("/packages/");
    }));
    ASSERT_TRUE(succeeded(master.publisher().unyank(release("demo", "1.0"))));
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(RevisionSyncTest, TellsHowLongAWithdrawalTookToComeHere) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    EXPECT_EQ(follower.sync().withdrawals, 0U);
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("demo"))));
    master.clock.advance(std::chrono::seconds(40));
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("other"))));
    master.clock.advance(std::chrono::seconds(2));
    const auto report = follower.sync();
    EXPECT_EQ(report.withdrawals, 2U);
    EXPECT_EQ(report.withdrawal_lag, std::chrono::seconds(42));
    EXPECT_EQ(follower.sync().withdrawals, 0U);
    Follower fresh(master);
    EXPECT_EQ(fresh.sync().withdrawals, 0U) << "it never offered them";
}

TEST_F(RevisionSyncTest, FollowsProvenanceAndItsReplacement) {
    const auto added = master.add("demo", "1.0");
    const auto attest = [&](const std::string& predicate) {
        const auto& path = added.record.path;
        const auto document = verify::test_attest::provenance_of(
            {.name = path.name().text(),
             .sha256 = path.digest().to_hex(),
             .predicate_type = predicate}
        );
        ASSERT_TRUE(succeeded(master.publisher().attest(path.name(), document)));
    };
    attest("https://slsa.dev/provenance/v1");
    Follower follower(master);
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    attest("https://index.example/attestations/publish/v1");
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    EXPECT_EQ(follower.blobs.list().value(), master.blobs.list().value());
}

TEST_F(RevisionSyncTest, RefusesAnAlteredProvenanceObject) {
    const auto added = master.add("demo", "1.0");
    const auto& path = added.record.path;
    const auto document = verify::test_attest::provenance_of(
        {.name = path.name().text(), .sha256 = path.digest().to_hex()}
    );
    ASSERT_TRUE(succeeded(master.publisher().attest(path.name(), document)));
    Follower follower(master);
    follower.upstream_catalog.lie(verify::provenance_place(path.name()), flip);
    EXPECT_FALSE(follower.sync().complete());
    EXPECT_TRUE(follower.catalog.projects().value().empty());
    expect_sound(follower);
}

TEST_F(RevisionSyncTest, DropsTheFilesOfAQuarantinedProjectAndTakesThemBack) {
    const auto added = master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = verify::ProjectStatus::quarantined, .reason = "malware"}
    )));
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    expect_error(follower.blobs.open(added.record.path.digest()), ErrorCode::not_found);
    const auto states = follower.catalog.projects_since(0, 10).value();
    EXPECT_EQ(states.back().presence, ProjectPresence::withheld);
    ASSERT_TRUE(succeeded(master.publisher().set_status(project("demo"), {})));
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    EXPECT_TRUE(succeeded(follower.blobs.open(added.record.path.digest())));
}

TEST_F(RevisionSyncTest, FollowsARemovedRelease) {
    master.add("demo", "1.0");
    master.add("demo", "2.0");
    Follower follower(master);
    follower.sync();
    ASSERT_TRUE(succeeded(master.publisher().remove_release(release("demo", "1.0"))));
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
    EXPECT_EQ(follower.blobs.list().value(), master.blobs.list().value());
}

}  // namespace
}  // namespace heliograph::mirror
