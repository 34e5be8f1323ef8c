// SPDX-License-Identifier: Apache-2.0
// Following an index that signs nothing by its XML-RPC feed, over real sockets: latency by the
// feed, truth by the list, and a feed that fails holds nothing up. Threats T22, T23.
#include <mirror/net/curl_transport.hpp>
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <mirror/sync/sync_run.hpp>
#include <mirror/sync/unsigned_upstream.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/fake_upstream.hpp>
#include <tests/support/foreign_index.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test_support::Dialect;
using test_support::FakeUpstream;
using test_support::ForeignIndex;
using test_support::UpstreamFault;
using Kind = ProjectOutcome::Kind;
using Words = std::vector<std::string>;

// Remembers the reasons of events of one name.
class FeedWitness final : public EventSink {
  public:
    void emit(const Event& event) override {
        const std::lock_guard lock(m_mutex);
        if (event.name == "sync.feed" || event.name == "sync.list") {
            m_reasons.push_back(event.name + " " + event.fields.back().value);
        }
    }
    Words take() {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_reasons, {});
    }

  private:
    std::mutex m_mutex;
    Words m_reasons;
};

class FeedTest : public ::testing::Test {
  protected:
    FeedTest() {
        for (int opened = 0; opened < 3; ++opened) {
            m_transports.push_back(CurlTransport::open("test").value());
        }
        index.open_feed();
        for (const auto* name : {"demo", "other", "third"}) {
            index.put(name, std::string(name) + "-1.0-py3-none-any.whl", {.content = name});
        }
    }

    Result<SyncReport> try_sync(std::chrono::seconds list_interval = std::chrono::hours(24)) {
        SyncOptions options{.parked = ParkedTries::all, .list_interval = list_interval};
        const UpstreamAccess access{
            .base = Url::parse(fake.url()).value(),
            .timeouts = options.timeouts,
            .call_pause = std::chrono::milliseconds(0)};
        std::vector<std::unique_ptr<Upstream>> lines;
        for (const auto& transport : m_transports) {
            lines.push_back(std::make_unique<UnsignedUpstream>(*transport, access, UnsignedTerms{})
            );
        }
        const verify::TrustBundle nobody;
        m_asked = fake.server().requests().size();
        return run_sync(
            {.catalog = catalog,
             .blobs = blobs,
             .upstream = *lines[0],
             .trust = nobody,
             .clock = clock,
             .events = witness},
            {lines[1].get(), lines[2].get()},
            options
        );
    }

    SyncReport sync() {
        auto report = try_sync();
        EXPECT_TRUE(test::succeeded(report));
        return report ? *std::move(report) : SyncReport{};
    }

    // What the last run asked for.
    [[nodiscard]] Words asked() const {
        Words targets;
        const auto requests = fake.server().requests();
        for (std::size_t at = m_asked; at < requests.size(); ++at) {
            targets.push_back(requests[at].method + " " + requests[at].target);
        }
        return targets;
    }

    [[nodiscard]] std::size_t times(const std::string& question) const {
        const auto all = asked();
        return static_cast<std::size_t>(std::count(all.begin(), all.end(), question));
    }

    // The first run by the list, the second finds the feed.
    void settle_on_the_feed() {
        EXPECT_TRUE(sync().complete());
        EXPECT_TRUE(sync().complete());
        EXPECT_EQ(catalog.upstream_state().value().feed, UpstreamFeed::warehouse);
    }

    void expect_here(const Words& names) {
        Words here;
        const auto projects = catalog.projects().value();
        for (const auto& entry : projects) {
            here.push_back(entry.name.text());
        }
        EXPECT_EQ(here, names);
    }

    ForeignIndex index{Dialect::counted};
    FakeUpstream fake{[this](const auto& request) { return index.answer(request); }};
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    test::FakeClock clock{SystemClock().now()};
    FeedWitness witness;

  private:
    std::vector<std::unique_ptr<CurlTransport>> m_transports;
    std::size_t m_asked = 0;
};

TEST_F(FeedTest, IsFoundAfterTheFirstListAndAskedWithOneCallWhenNothingChanged) {
    settle_on_the_feed();
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(asked(), Words{"POST /pypi"});
    EXPECT_TRUE(witness.take().empty());
}

TEST_F(FeedTest, TellsWhatChangedWithoutTheList) {
    settle_on_the_feed();
    index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    const auto report = sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.looked_at, 1U);
    EXPECT_EQ(report.to.value, index.serial());
    EXPECT_EQ(times("GET /simple/"), 0U);
    EXPECT_EQ(times("POST /pypi"), 2U);
    EXPECT_EQ(catalog.files(verify::parse_normalised_name("demo").value()).value().size(), 2U);
}

TEST_F(FeedTest, TakesAProjectAwayAtOnce) {
    settle_on_the_feed();
    index.take("demo");
    const auto report = sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.withdrawals, 1U);
    expect_here({"other", "third"});
}

TEST_F(FeedTest, GoesOnBeyondTheMostRowsOfOneAnswer) {
    settle_on_the_feed();
    for (int row = 0; row < 50'000; ++row) {
        index.note("demo", "add Owner somebody");
    }
    index.put("other", "other-2.0-py3-none-any.whl", {.content = "behind the cap"});
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(times("POST /pypi"), 4U) << "two pages";
    EXPECT_EQ(catalog.state().value().last_serial.value, index.serial());
    EXPECT_EQ(catalog.files(verify::parse_normalised_name("other").value()).value().size(), 2U);
}

TEST_F(FeedTest, TakesGapsInTheSerialsForNothing) {
    settle_on_the_feed();
    index.skip_serials(1000);
    index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(catalog.state().value().last_serial.value, index.serial());
    EXPECT_TRUE(witness.take().empty());
}

TEST_F(FeedTest, ThatGoesBackIsToldAndTheListAsked) {
    settle_on_the_feed();
    index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    index.claim_feed_serial(3);
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(times("GET /simple/"), 1U);
    const auto told = witness.take();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_NE(told[0].find("its last serial is 3"), std::string::npos) << told[0];
    EXPECT_EQ(catalog.files(verify::parse_normalised_name("demo").value()).value().size(), 2U);
}

TEST_F(FeedTest, ThatPromisesWhatItDoesNotTellIsToldAndTheListAsked) {
    settle_on_the_feed();
    index.claim_feed_serial(index.serial() + 10);
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(times("GET /simple/"), 1U);
    EXPECT_EQ(witness.take().size(), 1U);
    EXPECT_EQ(catalog.state().value().last_serial.value, index.serial());
}

// A journal that promises more and tells nothing, or nothing new, would be asked for ever.
TEST(UnsignedJournal, ThatLeadsNowhereIsNone) {
    class OnePage final : public Transport {
      public:
        explicit OnePage(const Changelog& page) : m_text(render_changelog(page)) {}
        [[nodiscard]] Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override {
            HttpResponse head{.status = 200, .headers = {}, .url = request.url};
            head.headers.add("Content-Type", "application/json");
            if (sink.begin) {
                EXPECT_TRUE(test::succeeded(sink.begin(head)));
            }
            EXPECT_TRUE(test::succeeded(sink.write(bytes_of(m_text))));
            return head;
        }

      private:
        std::string m_text;
    };
    const JournalEvent old{
        .serial = {4},
        .time = {},
        .action = JournalAction::remove_project,
        .project = verify::parse_normalised_name("demo").value(),
        .filename = std::nullopt,
        .pages = std::nullopt};
    for (const auto& events : {std::vector<JournalEvent>(), {old}}) {
        OnePage transport({.last_serial = {9}, .events = events, .more = true});
        UnsignedUpstream upstream(
            transport, {.base = Url::parse("https://index.example/").value()}, UnsignedTerms{}
        );
        expect_error(upstream.news(UpstreamFeed::journal, {5}), ErrorCode::malformed);
    }
}

TEST_F(FeedTest, ThatFailsIsToldAndTheListAsked) {
    settle_on_the_feed();
    for (const auto fault :
         {UpstreamFault::server_error,
          UpstreamFault::truncated,
          UpstreamFault::garbage,
          UpstreamFault::reset,
          UpstreamFault::shorter}) {
        fake.break_path("/pypi", fault);
        EXPECT_TRUE(sync().complete()) << test_support::fault_name(fault);
        EXPECT_EQ(times("GET /simple/"), 1U);
        EXPECT_EQ(witness.take().size(), 1U);
        fake.heal();
        EXPECT_TRUE(sync().complete());
        EXPECT_EQ(times("GET /simple/"), 0U) << "and it is asked again";
    }
}

TEST_F(FeedTest, ThatHasEnoughOfUsIsLeftAlone) {
    settle_on_the_feed();
    fake.break_path("/pypi", UpstreamFault::too_many_requests);
    expect_error(try_sync(), ErrorCode::network);
    EXPECT_EQ(times("GET /simple/"), 0U);
    EXPECT_TRUE(catalog.upstream_state().value().not_before.has_value());
}

TEST_F(FeedTest, ThatIsNotThereIsLookedForOnceADay) {
    fake.break_path("/pypi", UpstreamFault::not_found);
    sync();
    sync();
    EXPECT_EQ(catalog.upstream_state().value().feed, UpstreamFeed::list);
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(asked(), Words{"GET /simple/"});
    EXPECT_TRUE(witness.take().empty()) << "an index without feed is no fault";
    fake.heal();
    clock.advance(std::chrono::hours(25));
    sync();
    sync();
    EXPECT_EQ(catalog.upstream_state().value().feed, UpstreamFeed::warehouse);
}

TEST_F(FeedTest, OfAnotherKindOfServerIsNone) {
    fake.break_path("/pypi", UpstreamFault::altered);
    sync();
    sync();
    EXPECT_TRUE(sync().complete());
}

TEST_F(FeedTest, NeverReplacesTheDailyList) {
    settle_on_the_feed();
    clock.advance(std::chrono::hours(25));
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(times("GET /simple/"), 1U);
    EXPECT_EQ(times("POST /pypi"), 0U);
}

TEST_F(FeedTest, TellsTheProjectsWhereTheListCannotBeHad) {
    settle_on_the_feed();
    index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    clock.advance(std::chrono::hours(25));
    index.hide_list();
    EXPECT_TRUE(sync().complete());
    EXPECT_EQ(witness.take().size(), 1U) << "why the list was not taken";
    EXPECT_EQ(catalog.files(verify::parse_normalised_name("demo").value()).value().size(), 2U);
}

}  // namespace
}  // namespace heliograph::mirror
