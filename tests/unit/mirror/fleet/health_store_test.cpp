// SPDX-License-Identifier: Apache-2.0
// What is known of mirrors survives, adds up over processes, and forgets a ban only when told.
#include <mirror/fleet/evidence_file.hpp>
#include <mirror/fleet/health_store.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const Instant now{seconds(1'700'000'000)};
const std::string one = "https://one.example/";

class HealthStoreTest : public testing::Test {
  protected:
    HealthStore open() { return HealthStore::open(m_folder / "state" / "mirrors.db").value(); }

    void record(HealthStore& store, HealthEvent event) {
        const std::vector<NotedEvent> events{{one, std::move(event)}};
        ASSERT_TRUE(store.record(events, m_dice));
    }

    heliograph::test::TempFolder m_folder;
    Dice m_dice{1};
};

TEST_F(HealthStoreTest, GivesBackEveryFieldThatWasPut) {
    MirrorHealth expected;
    std::vector<NotedEvent> events;
    HealthEvent event{.kind = MirrorEvent::delivered, .at = now};
    event.first_byte = seconds(1);
    event.body_bytes = 1'000'000;
    event.body = seconds(2);
    events.push_back({one, event});
    for (int i = 0; i < 3; ++i) {
        events.push_back({one, {.kind = MirrorEvent::unreachable, .at = now}});
    }
    events.push_back({one, {.kind = MirrorEvent::busy, .at = now, .rest = seconds(9)}});
    events.push_back({one, {.kind = MirrorEvent::behind, .at = now}});
    events.push_back(
        {one,
         {.kind = MirrorEvent::hostile, .at = now, .finding = "page-x", .evidence = "proof.json"}}
    );
    Dice same_dice(1);
    for (const auto& noted : events) {
        apply(expected, noted.event, same_dice);
    }
    ASSERT_TRUE(open().record(events, m_dice));
    EXPECT_EQ(open().load().value().at(one), expected);
}

TEST_F(HealthStoreTest, AddsUpWhatTwoProcessesSaw) {
    auto first = open();
    auto second = open();
    record(first, {.kind = MirrorEvent::unreachable, .at = now});
    record(second, {.kind = MirrorEvent::unreachable, .at = now});
    record(first, {.kind = MirrorEvent::unreachable, .at = now});
    EXPECT_EQ(second.load()->at(one).failures_in_a_row, 3U);
    EXPECT_EQ(standing_of(second.load()->at(one), now), MirrorStanding::broken);
}

TEST_F(HealthStoreTest, LiftsABanAndRemembersThatThereWasOne) {
    auto store = open();
    EXPECT_EQ(store.lift_ban(parse_base_url(one).value()).value(), LiftedBan::none_stood);
    record(store, {.kind = MirrorEvent::corrupt, .at = now});
    EXPECT_EQ(store.lift_ban(parse_base_url(one).value()).value(), LiftedBan::lifted);
    EXPECT_EQ(standing_of(store.load()->at(one), now), MirrorStanding::usable);
    record(store, {.kind = MirrorEvent::corrupt, .at = now});
    EXPECT_EQ(store.load()->at(one).ban->until, now + hours(48));
}

TEST_F(HealthStoreTest, SaysThatAFileIsNoDatabase) {
    ASSERT_TRUE(write_file_atomically(m_folder / "mirrors.db", bytes_of("no database, a text")));
    heliograph::test::expect_error(
        HealthStore::open(m_folder / "mirrors.db"), ErrorCode::malformed
    );
}

TEST_F(HealthStoreTest, KeepsTheProofOfABanInAFileOfItsOwn) {
    const MirrorEvidence evidence{
        "https://[::1]:8443/",
        now,
        "demo>=1",
        {{.id = "file-hash-mismatch", .expected = "sha256 aa", .seen = "sha256 bb"}},
        {{"https://[::1]:8443/simple/demo/", 200, 3, pki::sha256(bytes_of("abc"))}}};
    const auto path = write_evidence(m_folder / "evidence", evidence);
    ASSERT_TRUE(heliograph::test::succeeded(path));
    EXPECT_EQ(path->filename().string().rfind("20231114T221320Z-", 0), 0U) << *path;
    const auto text = read_file(*path, 10'000).value();
    const auto document = parse_json(text_of(text), JsonLimits{});
    ASSERT_TRUE(heliograph::test::succeeded(document));
    EXPECT_EQ(document->text_member("format").value(), "heliograph-evidence-1");
    EXPECT_EQ(document->text_member("mirror").value(), evidence.mirror);
    EXPECT_EQ(document->text_member("requested").value(), "demo>=1");
    const auto* findings = document->array_member("findings").value();
    EXPECT_EQ(findings->at(0).text_member("id").value(), "file-hash-mismatch");
    EXPECT_EQ(findings->at(0).text_member("seen").value(), "sha256 bb");
    const auto* received = document->array_member("received").value();
    EXPECT_EQ(received->at(0).text_member("sha256").value(), pki::sha256(bytes_of("abc")).to_hex());
}

}  // namespace
}  // namespace heliograph::mirror
