// SPDX-License-Identifier: Apache-2.0
// Following an index that signs nothing, over real sockets: what it says is taken in our own form,
// by hashes and nothing else, and what is bad parks that project alone. Threats T1, T7, T15, T22,
// T23.
#include <mirror/net/curl_transport.hpp>
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/sync_run.hpp>
#include <mirror/sync/unsigned_upstream.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/fake_upstream.hpp>
#include <tests/support/foreign_index.hpp>
#include <verify/index/page_json.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test_support::Dialect;
using test_support::FakeUpstream;
using test_support::ForeignIndex;
using test_support::UpstreamFault;
using Kind = ProjectOutcome::Kind;

verify::ProjectName foreign(std::string_view name) {
    return verify::parse_normalised_name(name).value();
}

class UnsignedFollower {
  public:
    explicit UnsignedFollower(Dialect dialect) : index(dialect) {
        for (int opened = 0; opened < 3; ++opened) {
            m_transports.push_back(CurlTransport::open("test").value());
        }
        index.put("demo", "demo-1.0-py3-none-any.whl", {.content = "demo one"});
        index.put("demo", "demo-1.0.tar.gz", {.content = "demo source"});
        index.put("other", "other-1.0-py3-none-any.whl", {.content = "other one"});
    }

    Result<SyncReport> try_sync(
        ParkedTries parked = ParkedTries::all, Reconcile whole = Reconcile::no
    ) {
        SyncOptions options{.reconcile = whole, .parked = parked};
        options.timeouts.silence = std::chrono::milliseconds(700);
        const UpstreamAccess access{
            .base = Url::parse(fake.url()).value(), .timeouts = options.timeouts};
        std::vector<std::unique_ptr<Upstream>> lines;
        for (const auto& transport : m_transports) {
            lines.push_back(std::make_unique<UnsignedUpstream>(*transport, access, terms));
        }
        const verify::TrustBundle nobody;
        return run_sync(
            {.catalog = catalog,
             .blobs = blobs,
             .upstream = *lines[0],
             .trust = nobody,
             .clock = clock,
             .events = m_events},
            {lines[1].get(), lines[2].get()},
            options
        );
    }

    SyncReport sync(ParkedTries parked = ParkedTries::all, Reconcile whole = Reconcile::no) {
        auto report = try_sync(parked, whole);
        EXPECT_TRUE(test::succeeded(report));
        return report ? *std::move(report) : SyncReport{};
    }

    ScrubReport repair() {
        const UpstreamAccess access{.base = Url::parse(fake.url()).value()};
        UnsignedUpstream line(*m_transports[0], access, terms);
        const verify::TrustBundle nobody;
        return scrub(
                   {.catalog = catalog,
                    .blobs = blobs,
                    .trust = nobody,
                    .clock = clock,
                    .events = m_events,
                    .upstream = &line},
                   {.sync = {.policy = verify::unsigned_page_policy()}}
        ).value();
    }

    // As a disk that loses what was stored: the digest is still that of the page that came.
    void alter(std::string_view name, verify::PageForm form, std::string_view from, char to) {
        auto stored = catalog.page(foreign(name), form).value();
        const auto place = text_of(stored.body).find(from);
        ASSERT_NE(place, std::string_view::npos);
        stored.body[place] = static_cast<std::byte>(to);
        const auto transaction = catalog.begin().value();
        ASSERT_TRUE(test::succeeded(transaction->put_page(foreign(name), form, stored)));
        ASSERT_TRUE(test::succeeded(transaction->commit()));
    }

    verify::ProjectPage page(std::string_view name) {
        const auto stored = catalog.page(foreign(name), verify::PageForm::json);
        EXPECT_TRUE(test::succeeded(stored)) << name;
        return verify::parse_page(text_of(stored.value().body), verify::PageForm::json).value();
    }

    // Whatever happened, everything that a page here names is here and sound.
    void expect_sound() {
        const auto projects = catalog.projects().value();
        for (const auto& entry : projects) {
            const auto shown = page(entry.name.text());
            for (const auto& file : shown.files) {
                EXPECT_EQ(hash_blob(blobs, file.sha256).value(), file.sha256);
                EXPECT_TRUE(test::succeeded(catalog.file(file.path()))) << file.name.text();
                EXPECT_TRUE(file.size_bytes.has_value()) << "PEP 700";
            }
        }
        const auto all = blobs.list().value();
        for (const auto& blob : all) {
            EXPECT_EQ(hash_blob(blobs, blob).value(), blob) << "an unverified blob was stored";
        }
    }

    void expect_demo_parked(PendingCause cause, const std::string& word) {
        const auto report = sync();
        EXPECT_FALSE(report.complete());
        const auto parked = catalog.pending().value();
        ASSERT_EQ(parked.size(), 1U);
        EXPECT_EQ(parked[0].project.text(), "demo");
        EXPECT_EQ(parked[0].cause, cause);
        EXPECT_NE(parked[0].reason.find(word), std::string::npos) << parked[0].reason;
        EXPECT_EQ(page("other").files.size(), 1U) << "nothing of it becomes of the others";
        expect_sound();
    }

    // The page of demo says its serial in the header alone, as HTML of the main index does.
    test_support::Reply tell(const test_support::Request& request) const {
        auto reply = index.answer(request);
        const std::string member = R"("_last-serial": )";
        const auto at = reply.body.find(member);
        if (header_serial.empty() || request.target != "/simple/demo/" || at == std::string::npos) {
            return reply;
        }
        reply.body.erase(at, reply.body.find(", ", at) + 2 - at);
        reply.headers.emplace_back("X-PyPI-Last-Serial", header_serial);
        return reply;
    }

    ForeignIndex index;
    std::string header_serial;
    FakeUpstream fake{[this](const auto& request) { return tell(request); }};
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    test::FakeClock clock;
    UnsignedTerms terms;

  private:
    std::vector<std::unique_ptr<CurlTransport>> m_transports;
    SilentSink m_events;
};

class EachDialect : public ::testing::TestWithParam<Dialect> {
  protected:
    UnsignedFollower follower{GetParam()};
};

TEST_P(EachDialect, IsTakenWholeAndMadeAnewWithFilesOfThisMirror) {
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.files, 3U);
    ASSERT_EQ(report.upstream.findings().size(), 1U);
    EXPECT_EQ(report.upstream.findings()[0].id, "upstream-unsigned");
    const auto page = follower.page("demo");
    ASSERT_EQ(page.files.size(), 2U);
    EXPECT_EQ(page.files[0].requires_python, ">=3.8");
    EXPECT_EQ(page.files[0].size_bytes, 8U);
    const auto stored = follower.catalog.page(foreign("demo"), verify::PageForm::html).value();
    EXPECT_TRUE(stored.signature.empty());
    EXPECT_NE(
        text_of(stored.body).find(page.files[0].path().relative_to_page()), std::string::npos
    );
    follower.expect_sound();
}

TEST_P(EachDialect, IsAskedForNothingTwiceWhenNothingChanged) {
    follower.sync();
    const auto before = follower.catalog.state().value();
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.stored, 0U);
    EXPECT_EQ(report.files, 0U);
    EXPECT_EQ(follower.catalog.state().value().last_serial, before.last_serial);
}

TEST_P(EachDialect, IsFollowedThroughNewFilesYanksAndRemovals) {
    follower.sync();
    const auto before = follower.page("demo").serial;
    follower.index.put("demo", "demo-2.0-py3-none-any.whl", {.content = "demo two"});
    follower.index.put("demo", "demo-1.0.tar.gz", {.content = "demo source", .yanked = "broken"});
    auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.files, 1U) << "what was verified when it came is not had again";
    ASSERT_EQ(follower.page("demo").files.size(), 3U);
    EXPECT_GT(follower.page("demo").serial, before);
    EXPECT_EQ(follower.page("demo").files[1].yanked, "broken");
    follower.index.take_file("demo", "demo-1.0.tar.gz");
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 2U);
    follower.expect_sound();
    follower.index.take("other");
    EXPECT_FALSE(follower.sync().complete()) << "gone once: it may come back";
    follower.clock.advance(std::chrono::seconds(700));
    EXPECT_TRUE(follower.sync().complete());
    test::expect_error(
        follower.catalog.page(foreign("other"), verify::PageForm::json), ErrorCode::not_found
    );
}

TEST_P(EachDialect, WithAFileWithoutAHashParksThatProject) {
    follower.index.put("demo", "demo-3.0.tar.gz", {.content = "three", .hash = ""});
    follower.expect_demo_parked(PendingCause::refused, "file-without-hash");
    follower.index.put("demo", "demo-3.0.tar.gz", {.content = "three"});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 3U);
}

TEST_P(EachDialect, WithAnotherHashThanSha256ParksThatProject) {
    follower.index.put("demo", "demo-3.0.tar.gz", {.content = "three", .hash = "md5"});
    follower.expect_demo_parked(PendingCause::refused, "file-without-hash");
}

TEST_P(EachDialect, ThatSendsToAnotherHostIsNotFollowedThere) {
    FakeUpstream elsewhere([&](const auto& request) { return follower.index.answer(request); });
    auto origin = elsewhere.url();
    origin.erase(origin.find_last_not_of('/') + 1);
    follower.index.move_files(origin);
    const auto refused = follower.sync();
    EXPECT_EQ(refused.pending, 2U);
    EXPECT_NE(refused.projects.at(0).verdict.find("file-place-refused"), nullptr);
    EXPECT_EQ(refused.files, 0U);
    follower.terms.file_hosts = {origin.substr(origin.find("//") + 2)};
    EXPECT_TRUE(follower.sync().complete()) << "named when the mirror is made, it is";
    follower.expect_sound();
}

TEST_P(EachDialect, WithAnAlteredFileParksThatProject) {
    follower.fake.break_path("/demo-1.0-py3-none-any.whl", UpstreamFault::altered);
    follower.expect_demo_parked(PendingCause::refused, "file-hash-mismatch");
    follower.fake.heal();
    EXPECT_TRUE(follower.sync().complete());
}

TEST_P(EachDialect, WithACutPageParksThatProject) {
    follower.fake.break_path("/simple/demo/", UpstreamFault::truncated);
    follower.expect_demo_parked(PendingCause::failed, "demo");
}

TEST_P(EachDialect, ThatAnswersWithGarbageIsToldSo) {
    follower.fake.break_path("/simple/", UpstreamFault::garbage);
    test::expect_error(follower.try_sync(), ErrorCode::network);
    EXPECT_TRUE(follower.catalog.projects().value().empty());
}

TEST_P(EachDialect, GivesThisMirrorWhatItLostAgain) {
    follower.sync();
    const auto lost = follower.page("demo").files[0].sha256;
    ASSERT_TRUE(test::succeeded(follower.blobs.remove(lost)));
    const auto report = follower.sync(ParkedTries::all, Reconcile::yes);
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(hash_blob(follower.blobs, lost).value(), lost);
}

INSTANTIATE_TEST_SUITE_P(
    Unsigned,
    EachDialect,
    ::testing::Values(Dialect::counted, Dialect::uncounted, Dialect::plain),
    [](const auto& dialect) {
        return dialect.param == Dialect::counted     ? std::string("Counted")
               : dialect.param == Dialect::uncounted ? std::string("Uncounted")
                                                     : std::string("Plain");
    }
);

TEST(CountedUpstream, IsAskedForItsListAloneWhenNothingChanged) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.sync();  // Looks whether there is a feed.
    const auto before = follower.fake.server().requests().size();
    follower.sync();
    EXPECT_EQ(follower.fake.server().requests().size(), before + 1);
}

TEST(CountedUpstream, KeepsItsOwnSerials) {
    UnsignedFollower follower(Dialect::counted);
    const auto report = follower.sync();
    EXPECT_EQ(report.to.value, follower.index.serial());
    EXPECT_EQ(follower.page("demo").serial.value, follower.index.serial() - 1);
}

TEST(CountedUpstream, WithAnOlderListIsTakenForStale) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.index.take_file("demo", "demo-1.0.tar.gz");
    follower.index.claim_serial(5);
    const auto report = follower.sync();
    EXPECT_NE(report.upstream.find("list-serial-stale"), nullptr);
    EXPECT_EQ(report.upstream.worst_cause(), verify::Cause::stale_evidence);
    EXPECT_EQ(follower.page("demo").files.size(), 2U) << "nothing is taken from it";
    follower.index.claim_serial(0);
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 1U);
}

TEST(CountedUpstream, WithAStalePageUnderANewSerialParksThatProject) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.fake.freeze();
    follower.index.put("demo", "demo-2.0.tar.gz", {.content = "two"});
    follower.fake.break_path("/simple/demo/", UpstreamFault::stale);
    follower.expect_demo_parked(PendingCause::refused, "page-serial-stale");
    EXPECT_EQ(follower.page("demo").files.size(), 2U);
    follower.fake.heal();
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 3U);
}

TEST(CountedUpstream, WithAStaleHeaderParksThatProject) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.header_serial = std::to_string(follower.index.serial());
    follower.index.put("demo", "demo-2.0.tar.gz", {.content = "two"});
    follower.expect_demo_parked(PendingCause::refused, "page-serial-stale");
    follower.header_serial = std::to_string(follower.index.serial());
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 3U);
}

TEST(CountedUpstream, WithAProjectOfTenThousandFilesTakesItAndTheOthers) {
    UnsignedFollower follower(Dialect::counted);
    constexpr int files = 10'000;
    for (int number = 0; number < files; ++number) {
        const auto version = std::to_string(number);
        follower.index.put("large", "large-" + version + ".tar.gz", {.content = version});
    }
    const auto report = follower.sync();
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(follower.catalog.files(foreign("large")).value().size(), 10'000U);
    EXPECT_EQ(follower.page("other").files.size(), 1U);
    const auto asked = follower.fake.server().requests().size();
    follower.index.put("large", "large-10000.tar.gz", {.content = "one more"});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("large").files.size(), 10'001U);
    EXPECT_LT(follower.fake.server().requests().size() - asked, 8U) << "the new file alone";
}

TEST(CountedUpstream, ThatStopsToCountIsNotFollowedByGuesses) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.index.put("demo", "demo-2.0.tar.gz", {.content = "two"});
    follower.index.speak(Dialect::uncounted);
    test::expect_error(follower.try_sync(), ErrorCode::malformed);
    EXPECT_EQ(follower.page("demo").files.size(), 2U);
}

TEST(CountedUpstream, ThatQuarantinesAProjectIsFollowedAtOnce) {
    UnsignedFollower follower(Dialect::counted);
    follower.sync();
    follower.index.quarantine("demo");
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_TRUE(follower.page("demo").files.empty());
    EXPECT_EQ(follower.page("demo").mark.status, verify::ProjectStatus::quarantined);
    EXPECT_TRUE(follower.catalog.files(foreign("demo")).value().empty());
}

TEST(CountedUpstream, BringsMetadataTextsByTheirHashes) {
    UnsignedFollower follower(Dialect::counted);
    follower.index.put(
        "demo",
        "demo-2.0-py3-none-any.whl",
        {.content = "two", .metadata = "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n"}
    );
    EXPECT_TRUE(follower.sync().complete());
    const auto page = follower.page("demo");
    ASSERT_TRUE(page.files.back().core_metadata.has_value());
    EXPECT_EQ(
        hash_blob(follower.blobs, *page.files.back().core_metadata).value(),
        *page.files.back().core_metadata
    );
}

TEST(CountedUpstream, WithFilesThatAreNoDistributionsGivesTheOthers) {
    UnsignedFollower follower(Dialect::counted);
    follower.index.put("demo", "demo-1.0-py2.7.egg", {.content = "egg", .hash = ""});
    follower.index.put("demo", "evil-1.0.tar.gz", {.content = "of another project"});
    EXPECT_TRUE(follower.sync().complete());
    EXPECT_EQ(follower.page("demo").files.size(), 2U);
}

TEST(UncountedUpstream, IsAskedForPagesByTheirEntityTags) {
    UnsignedFollower follower(Dialect::uncounted);
    follower.sync();
    const auto before = follower.fake.server().requests().size();
    follower.sync();
    const auto requests = follower.fake.server().requests();
    ASSERT_EQ(requests.size(), before + 3) << "the list and two pages";
    EXPECT_TRUE(std::all_of(
        requests.begin() + static_cast<std::ptrdiff_t>(before),
        requests.end(),
        [](const auto& request) { return !request.header("If-None-Match").empty(); }
    ));
}

TEST(UncountedUpstream, GetsSerialsOfThisMirrorThatOnlyRise) {
    UnsignedFollower follower(Dialect::uncounted);
    EXPECT_EQ(follower.sync().to.value, 1U);
    follower.index.put("demo", "demo-2.0.tar.gz", {.content = "two"});
    EXPECT_EQ(follower.sync().to.value, 2U);
    EXPECT_EQ(follower.page("demo").serial.value, 2U);
    EXPECT_EQ(follower.page("other").serial.value, 1U);
    EXPECT_EQ(follower.sync().to.value, 2U);
}

// What the disk did is not the upstream's doing, and mends from it.
TEST(UnsignedRepair, BringsPagesBackThatTheDiskAltered) {
    for (const auto dialect : {Dialect::counted, Dialect::uncounted, Dialect::plain}) {
        UnsignedFollower follower(dialect);
        follower.sync();
        const auto before = follower.page("demo").files;
        const auto damage = [&](verify::PageForm form, std::string_view from, char to) {
            follower.alter("demo", form, from, to);
            EXPECT_TRUE(follower.repair().sound()) << from;
            EXPECT_EQ(follower.page("demo").files, before);
            EXPECT_TRUE(follower.repair().damage.empty()) << from;
            EXPECT_TRUE(follower.sync().complete());
        };
        damage(verify::PageForm::json, "{", '[');
        damage(verify::PageForm::json, "size", 'S');
        damage(verify::PageForm::html, "demo", 'D');
    }
}

}  // namespace
}  // namespace heliograph::mirror
