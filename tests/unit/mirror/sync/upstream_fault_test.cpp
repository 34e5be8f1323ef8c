// SPDX-License-Identifier: Apache-2.0
// Each fault that upstreams have been seen with, over real sockets and with several workers: what
// becomes of the project, and that nothing of it becomes of the others. Threats T4, T7, T8, T9,
// T22, T23.
#include <mirror/net/curl_transport.hpp>
#include <tests/support/fake_upstream.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using test_support::FakeUpstream;
using test_support::UpstreamFault;
using Kind = ProjectOutcome::Kind;

// A mirror that follows a TestMaster through a FakeUpstream with three connections.
class FaultTest : public SyncTest {
  protected:
    FaultTest() {
        for (int opened = 0; opened < 4; ++opened) {
            m_transports.push_back(CurlTransport::open("test").value());
        }
        master.add("demo", "1.0");
        for (const auto* name : {"alpha", "other", "zulu"}) {
            master.add(name, "1.0");
        }
    }

    test_support::Reply tell(const test_support::Request& request) {
        Bytes body;
        BodySink sink{{}, [&](ByteSpan piece) {
                          body.insert(body.end(), piece.begin(), piece.end());
                          return Outcome();
                      }};
        const auto response = m_truth.fetch(
            {.url = Url::parse("http://127.0.0.1" + request.target).value(),
             .limit_bytes = 1U << 26U,
             .accept = request.header("Accept"),
             .if_none_match = request.header("If-None-Match")},
            sink
        );
        test_support::Reply reply;
        reply.status = response ? response->status : 500;
        reply.body = std::string(text_of(body));
        return reply;
    }

    Result<SyncReport> try_sync(ParkedTries parked = ParkedTries::when_due) {
        SyncOptions options{.parked = parked};
        options.timeouts.first_byte = std::chrono::milliseconds(700);
        options.timeouts.silence = std::chrono::milliseconds(700);
        options.timeouts.rate_window = std::chrono::milliseconds(1200);
        const UpstreamAccess access{
            .base = Url::parse(fake.url()).value(), .timeouts = options.timeouts};
        std::vector<std::unique_ptr<Upstream>> upstreams;
        for (const auto& transport : m_transports) {
            upstreams.push_back(std::make_unique<Upstream>(*transport, access));
        }
        const auto trust = master.trust();
        return run_sync(
            {.catalog = catalog,
             .blobs = blobs,
             .upstream = *upstreams[0],
             .trust = trust,
             .clock = master.clock,
             .events = m_events},
            {upstreams[1].get(), upstreams[2].get(), upstreams[3].get()},
            options
        );
    }

    SyncReport sync(ParkedTries parked = ParkedTries::when_due) {
        auto report = try_sync(parked);
        EXPECT_TRUE(succeeded(report));
        return report ? *std::move(report) : SyncReport{};
    }

    // Bad things happened to demo, and to nobody else; when they end, it is healed.
    void expect_demo_parked(PendingCause cause) {
        const auto report = sync();
        EXPECT_EQ(report.pending, 1U);
        EXPECT_EQ(report.to, master.catalog.state().value().last_serial) << "the watermark";
        for (const auto* name : {"alpha", "other", "zulu"}) {
            const auto* outcome = outcome_of(report, name);
            ASSERT_NE(outcome, nullptr) << name;
            EXPECT_EQ(outcome->kind, Kind::stored) << name << ": " << outcome->reason;
        }
        const auto parked = catalog.pending().value();
        ASSERT_EQ(parked.size(), 1U);
        EXPECT_EQ(parked[0].project.text(), "demo");
        EXPECT_EQ(parked[0].cause, cause) << parked[0].reason;
        EXPECT_FALSE(parked[0].reason.empty());
        EXPECT_GT(parked[0].next_try, master.clock.now());
        expect_error(catalog.page(project("demo"), verify::PageForm::json), ErrorCode::not_found);
        fake.heal();
        EXPECT_TRUE(sync(ParkedTries::all).complete());
        EXPECT_EQ(catalog.projects().value(), master.catalog.projects().value());
    }

    MemoryCatalog catalog;
    MemoryBlobStore blobs;

  private:
    ServedCatalog m_truth{master.catalog, master.blobs};
    std::vector<std::unique_ptr<CurlTransport>> m_transports;
    SilentSink m_events;

  protected:
    FakeUpstream fake{[this](const auto& request) { return tell(request); }};
};

struct FaultCase {
    UpstreamFault fault;
    PendingCause page;  ///< What comes of it when a page has the fault,
    PendingCause file;  ///< and when a file has it.
};

class EachFault : public FaultTest, public ::testing::WithParamInterface<FaultCase> {};

TEST_P(EachFault, OfAPageParksThatProjectAlone) {
    fake.break_path("/simple/demo/", GetParam().fault);
    expect_demo_parked(GetParam().page);
}

TEST_P(EachFault, OfAFileParksThatProjectAlone) {
    fake.break_path("/demo-1.0-py3-none-any.whl", GetParam().fault);
    expect_demo_parked(GetParam().file);
}

constexpr auto refused = PendingCause::refused;
constexpr auto failed = PendingCause::failed;
constexpr auto gone = PendingCause::gone;

INSTANTIATE_TEST_SUITE_P(
    Upstream,
    EachFault,
    ::testing::Values(
        FaultCase{UpstreamFault::truncated, failed, failed},
        FaultCase{UpstreamFault::altered, refused, refused},
        FaultCase{UpstreamFault::longer, refused, refused},
        FaultCase{UpstreamFault::shorter, refused, refused},
        FaultCase{UpstreamFault::vast, failed, failed},
        FaultCase{UpstreamFault::drip, failed, failed},
        FaultCase{UpstreamFault::stall, failed, failed},
        FaultCase{UpstreamFault::black_hole, failed, failed},
        FaultCase{UpstreamFault::reset, failed, failed},
        FaultCase{UpstreamFault::not_found, gone, failed},
        FaultCase{UpstreamFault::gone, gone, failed},
        FaultCase{UpstreamFault::server_error, failed, failed},
        FaultCase{UpstreamFault::unavailable, failed, failed},
        FaultCase{UpstreamFault::redirect_loop, failed, failed},
        FaultCase{UpstreamFault::redirect_away, failed, failed},
        FaultCase{UpstreamFault::garbage, failed, failed}
    ),
    [](const auto& one) { return std::string(test_support::fault_name(one.param.fault)); }
);

TEST_F(FaultTest, AnEndlessFileParksThatProjectAlone) {
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::endless);
    expect_demo_parked(PendingCause::failed);
}

TEST_F(FaultTest, AFileThatBreaksOffIsGoneOnWith) {
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::breaks_off);
    const auto report = sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(catalog.projects().value(), master.catalog.projects().value());
    const auto requests = fake.server().requests();
    const auto ranged = std::count_if(requests.begin(), requests.end(), [](const auto& request) {
        return !request.header("Range").empty();
    });
    EXPECT_EQ(ranged, 2) << "the file and its metadata, once each";
}

TEST_F(FaultTest, AFileThatGoesOnWronglyParksThatProjectAlone) {
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::resumes_wrongly);
    expect_demo_parked(PendingCause::refused);
}

TEST_F(FaultTest, AFileThatAnEarlierRunDidNotGetWholeIsGoneOnWith) {
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::stall);
    EXPECT_EQ(sync().pending, 1U);
    const auto asked = fake.server().requests().size();
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::breaks_off);
    EXPECT_TRUE(sync(ParkedTries::all).complete());
    EXPECT_EQ(catalog.projects().value(), master.catalog.projects().value());
    const auto requests = fake.server().requests();
    for (std::size_t at = asked; at < requests.size(); ++at) {
        if (requests[at].target.ends_with(".whl")) {
            EXPECT_NE(requests[at].header("Range"), "") << "by the first question already";
        }
    }
}

TEST_F(FaultTest, WhatAnEarlierRunGotWrongIsThrownAwayOnce) {
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::stalls_wrongly);
    EXPECT_EQ(sync().pending, 1U);
    fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::ranged);
    const auto asked = fake.server().requests().size();
    EXPECT_TRUE(sync(ParkedTries::all).complete());
    EXPECT_EQ(catalog.projects().value(), master.catalog.projects().value());
    std::vector<std::string> ranges;
    const auto requests = fake.server().requests();
    for (std::size_t at = asked; at < requests.size(); ++at) {
        if (requests[at].target.ends_with(".whl")) {
            ranges.push_back(requests[at].header("Range"));
        }
    }
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_NE(ranges[0], "");
    EXPECT_EQ(ranges[1], "") << "the whole, by the second question";
}

TEST_F(FaultTest, AStalePageUnderANewSerialParksThatProjectAndKeepsWhatWasThere) {
    EXPECT_TRUE(sync().complete());
    const auto before = catalog.page(project("demo"), verify::PageForm::json).value();
    fake.freeze();
    master.add("demo", "2.0");
    master.add("other", "2.0");
    fake.break_path("demo", UpstreamFault::stale);
    const auto report = sync();
    EXPECT_EQ(outcome_of(report, "demo")->kind, Kind::refused);
    EXPECT_NE(outcome_of(report, "demo")->verdict.find("page-serial-stale"), nullptr);
    EXPECT_EQ(outcome_of(report, "other")->kind, Kind::stored);
    EXPECT_EQ(catalog.page(project("demo"), verify::PageForm::json).value().body, before.body);
    fake.heal();
    EXPECT_TRUE(sync(ParkedTries::all).complete());
}

TEST_F(FaultTest, TooManyRequestsEndTheRunAndAreObeyed) {
    fake.break_path("/simple/demo/", UpstreamFault::too_many_requests);
    expect_error(try_sync(), ErrorCode::network, "429");
    const auto asked = fake.server().requests().size();
    expect_error(try_sync(), ErrorCode::network, "left alone");
    EXPECT_EQ(fake.server().requests().size(), asked) << "not one request before the time";
    fake.heal();
    master.clock.advance(std::chrono::seconds(3601));
    EXPECT_TRUE(sync().complete());
}

TEST_F(FaultTest, AGapInTheSerialsIsNoFault) {
    {
        const auto transaction = master.catalog.begin().value();
        ASSERT_TRUE(succeeded(transaction->take_serial()));
        ASSERT_TRUE(succeeded(transaction->take_serial()));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    master.add("demo", "2.0");
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(catalog.state().value().last_serial, master.catalog.state().value().last_serial);
}

TEST_F(FaultTest, UsesOneConnectionForEachWorkerAndOneForTheJournal) {
    EXPECT_TRUE(sync().complete());
    EXPECT_LE(fake.server().connections(), 4U);
}

}  // namespace
}  // namespace heliograph::mirror
