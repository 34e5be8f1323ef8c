// SPDX-License-Identifier: Apache-2.0
// Upstreams that are odd, broken or somebody else's, as a whole: what a mirror still takes from
// them. Threats T5, T22, T23.
#include <mirror/net/curl_transport.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::succeeded;
using Kind = ProjectOutcome::Kind;

using OddUpstream = SyncTest;

TEST_F(OddUpstream, ThatRenamesAProjectRemovesOneAndAddsAnother) {
    master.add("old-name", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.sync();
    const auto other = follower.catalog.page(project("other"), verify::PageForm::json).value();
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("old-name"))));
    master.add("new-name", "1.0");
    const auto report = follower.sync();
    EXPECT_EQ(outcome_of(report, "old-name")->kind, Kind::removed);
    EXPECT_EQ(outcome_of(report, "new-name")->kind, Kind::stored);
    EXPECT_EQ(outcome_of(report, "other"), nullptr) << "it is not even looked at";
    EXPECT_EQ(
        follower.catalog.page(project("other"), verify::PageForm::json).value().body, other.body
    );
    expect_same_as_master(follower);
}

struct BrokenList {
    std::string name;
    ServedCatalog::Lie lie;
};

class OddList : public OddUpstream, public ::testing::WithParamInterface<BrokenList> {};

ServedCatalog::Lie list_of(std::string body) {
    return [body = std::move(body)](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{200, body};
    };
}

// Once a day the list is compared unasked.
TEST_P(OddList, HoldsNoNewsUp) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    const auto compared = follower.catalog.upstream_state().value().reconciled;
    follower.upstream_catalog.lie("/simple/", GetParam().lie);
    master.clock.advance(std::chrono::hours(25));
    master.add("demo", "2.0");
    const auto report = follower.sync({});
    EXPECT_EQ(outcome_of(report, "demo")->kind, Kind::stored);
    EXPECT_TRUE(report.complete());
    expect_same_as_master(follower);
    EXPECT_EQ(follower.catalog.upstream_state().value().reconciled, compared) << "it stays due";
    follower.upstream_catalog.tell_the_truth();
    follower.sync({});
    EXPECT_GT(follower.catalog.upstream_state().value().reconciled, compared);
}

TEST_P(OddList, IsAnErrorForWhoeverAsksForIt) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.sync();
    follower.upstream_catalog.lie("/simple/", GetParam().lie);
    EXPECT_FALSE(follower.try_sync({.reconcile = Reconcile::yes}).has_value());
    expect_same_as_master(follower);
}

INSTANTIATE_TEST_SUITE_P(
    Upstream,
    OddList,
    ::testing::Values(
        BrokenList{"Missing", say(404)},
        BrokenList{"ServerError", say(500)},
        BrokenList{"Garbage", list_of("{")},
        BrokenList{
            "NamedTwice",
            list_of(R"({"meta":{"api-version":"1.4","_last-serial":1},"projects":[)"
                    R"({"name":"demo","_last-serial":1},{"name":"demo","_last-serial":1}]})")},
        BrokenList{
            "NamedUnnormalised",
            list_of(R"({"meta":{"api-version":"1.4","_last-serial":1},"projects":[)"
                    R"({"name":"De_Mo","_last-serial":1}]})")},
        BrokenList{
            "TooLarge",
            [](const ServedAnswer&) -> Result<ServedAnswer> {
                return Error(ErrorCode::too_large, "a body over the limit");
            }}
    ),
    [](const auto& one) { return one.param.name; }
);

TEST_F(OddUpstream, WithTheCertificateOfAnotherNameIsToldNothingAndGivesNothing) {
    const test_support::TestAuthority authority;
    const auto identity = authority.issue(
        {.purpose = test_support::Purpose::server,
         .common_name = "another",
         .alternative_names = "DNS:another.example"}
    );
    const test_support::ScriptedServer server(
        test_support::Greeting::tls, {identity.chain_pem, identity.key_pem}
    );
    const std::vector<pki::Certificate> roots{
        pki::Certificate::parse_pem(authority.root_pem()).value()};
    const UpstreamAccess access{
        .base = Url::parse(server.url()).value(),
        .trust = pki::ClientContext::make({.policy = {.roots = roots},
                                           .credential = nullptr,
                                           .alpn = {},
                                           .clock = master.clock})
                     .value()};
    const auto transport = CurlTransport::open("test").value();
    Upstream upstream(*transport, access);
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    SilentSink events;
    const auto trust = master.trust();
    const auto report = run_sync(
        {.catalog = catalog,
         .blobs = blobs,
         .upstream = upstream,
         .trust = trust,
         .clock = master.clock,
         .events = events},
        {&upstream},
        {}
    );
    ASSERT_FALSE(report.has_value());
    EXPECT_NE(report.error().describe().find("name"), std::string::npos)
        << report.error().describe();
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(catalog.state().value().last_serial, verify::Serial{});
}

}  // namespace
}  // namespace heliograph::mirror
