// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/compaction.hpp>
#include <tests/unit/mirror/bundle/bundle_house.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

TEST_F(BundleTest, BringsAnEmptyMirrorToTheSameBytes) {
    add("demo", "1.0");
    add("demo", "1.1");
    add("other", "1.0");
    const auto file = bundle(0);
    EXPECT_EQ(last.projects, 2U);
    const auto inside = make_mirror("inside");
    const auto report = unbundle(inside, file);
    ASSERT_TRUE(report.run.has_value());
    EXPECT_TRUE(report.run->complete());
    EXPECT_EQ(report.files, 6U) << "three wheels with their metadata";
    expect_same(inside);
    EXPECT_EQ(
        inside.open_catalog().value()->events({}, 100).value(), catalog->events({}, 100).value()
    );
}

TEST_F(BundleTest, CarriesWhatIsNewAndNoOldFile) {
    const auto first = add("demo", "1.0");
    add("gone", "1.0");
    add("quiet", "1.0");
    const auto inside = make_mirror("inside");
    unbundle(inside, bundle(0));
    const auto since = serial_of(inside);
    const auto second = add("demo", "1.1");
    ASSERT_TRUE(succeeded(publisher().yank(first.record.path.name(), "broken")));
    ASSERT_TRUE(succeeded(publisher().remove_project(named("gone"))));
    ASSERT_TRUE(succeeded(publisher().set_status(
        named("quiet"), {.status = verify::ProjectStatus::quarantined, .reason = "malware"}
    )));
    const auto file = bundle(since);
    const auto entries = entries_of(file);
    const auto blobs_in = std::count_if(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.name.starts_with("blobs/");
    });
    EXPECT_EQ(blobs_in, 2) << "the new wheel and its metadata";
    EXPECT_TRUE(unbundle(inside, file).run->complete());
    expect_same(inside);
    expect_error(
        inside.open_catalog().value()->page(named("gone"), verify::PageForm::json),
        ErrorCode::not_found
    );
    // And back: the files that the mirror had to drop come again.
    const auto quarantined = serial_of(inside);
    ASSERT_TRUE(succeeded(publisher().set_status(
        named("quiet"), {.status = verify::ProjectStatus::active, .reason = ""}
    )));
    const auto cleared = unbundle(inside, bundle(quarantined));
    EXPECT_EQ(cleared.files, 2U);
    EXPECT_TRUE(cleared.run->complete());
    expect_same(inside);
}

TEST_F(BundleTest, RefusesAGapAndTakesNothing) {
    add("demo", "1.0");
    const auto since = catalog->state().value().last_serial.value;
    add("demo", "1.1");
    const auto inside = make_mirror("inside");
    const auto report = unbundle(inside, bundle(since));
    EXPECT_NE(report.bundle.find("bundle-gap"), nullptr);
    EXPECT_FALSE(report.run.has_value());
    EXPECT_EQ(serial_of(inside), 0U);
    EXPECT_TRUE(inside.open_blobs()->list().value().empty());
    // Nor is one made that would begin after its end.
    expect_error(
        bundle_folder(
            master_folder, {.since = {since + 10}, .file = temp / "none"}, signer.clock, events
        ),
        ErrorCode::invalid_argument
    );
}

TEST_F(BundleTest, MayBeTakenInAgainAndInAnyOverlap) {
    add("demo", "1.0");
    const auto whole = bundle(0);
    const auto inside = make_mirror("inside");
    unbundle(inside, whole);
    const auto again = unbundle(inside, whole);
    EXPECT_EQ(again.files, 0U);
    EXPECT_TRUE(again.run->complete());
    add("demo", "1.1");
    const auto overlapping = unbundle(inside, bundle(0));
    EXPECT_EQ(overlapping.files, 2U) << "only what was not here";
    expect_same(inside);
    const auto older = unbundle(inside, whole);
    EXPECT_TRUE(older.bundle.accepted());
    EXPECT_FALSE(older.run.has_value()) << "the folder is further";
    expect_same(inside);
}

TEST_F(BundleTest, IsMadeByMirrorsTooAndGoesOnFromOneToTheNext) {
    add("demo", "1.0");
    const auto outside = make_mirror("outside");
    unbundle(outside, bundle(0));
    const auto inside = make_mirror("inside");
    EXPECT_TRUE(unbundle(inside, bundle(outside, 0)).run->complete());
    expect_same(inside);
    expect_error(try_unbundle(master_folder, bundle(0)), ErrorCode::invalid_argument);
}

TEST_F(BundleTest, CarriesTheSignersEvidenceAndAllPagesWhenItChanged) {
    add("demo", "1.0");
    add("other", "1.0");
    const auto inside = make_mirror("inside");
    unbundle(inside, bundle(0));
    const auto since = serial_of(inside);
    const auto former = signer.signer().chain_pem();
    signer.roll_signer();
    static_cast<void>(
        publisher().publish_evidence({signer.signer().chain_pem() + former, ""}).value()
    );
    add("demo", "1.1");
    const auto file = bundle(since);
    EXPECT_EQ(last.projects, 2U);
    EXPECT_EQ(last.blobs, 2U);
    const auto report = unbundle(inside, file);
    EXPECT_TRUE(report.run->complete());
    expect_same(inside);
}

TEST_F(BundleTest, BridgesAJournalThatWasCondensed) {
    add("demo", "1.0");
    add("gone", "1.0");
    const auto inside = make_mirror("inside");
    unbundle(inside, bundle(0));
    const auto since = serial_of(inside);
    add("demo", "1.1");
    ASSERT_TRUE(succeeded(publisher().remove_project(named("gone"))));
    static_cast<void>(compact_journal(*catalog, HistoryBound(std::uint64_t{0})).value());
    const auto file = bundle(since);
    EXPECT_TRUE(last.manifest.is_whole());
    // A list that lacks a project is no word of a removal: it has to stay gone, as with sync.
    EXPECT_EQ(unbundle(inside, file).run->pending, 1U);
    signer.clock.advance(std::chrono::minutes(11));
    EXPECT_TRUE(unbundle(inside, file).run->complete());
    expect_same(inside);
}

TEST_F(BundleTest, OfWhichAPartArrivedIsGoneOnWith) {
    add("demo", "1.0");
    add("other", "1.0");
    const auto file = bundle(0);
    const auto inside = make_mirror("inside");
    auto entries = entries_of(file);
    const auto cut = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.name == "simple/other/index.html";
    });
    entries.erase(cut, entries.end());
    expect_error(try_unbundle(inside, carry(entries)), ErrorCode::malformed, "cut off");
    EXPECT_EQ(serial_of(inside), 0U);
    EXPECT_TRUE(inside.open_catalog().value()->projects().value().empty()) << "nothing shows";
    EXPECT_EQ(inside.open_blobs()->list().value().size(), 2U) << "but it is not stored again";
    EXPECT_EQ(unbundle(inside, file).files, 2U);
    expect_same(inside);
}

TEST_F(BundleTest, OfAnotherDigestThanToldIsRefused) {
    add("demo", "1.0");
    const auto file = bundle(0);
    const auto inside = make_mirror("inside");
    UnbundleRequest request{.file = file, .digest = pki::sha256(bytes_of("another"))};
    expect_error(
        unbundle_folder(inside, request, signer.clock, events), ErrorCode::refused, "sha256"
    );
    EXPECT_EQ(serial_of(inside), 0U);
    request.digest = last.digest;
    EXPECT_TRUE(unbundle_folder(inside, request, signer.clock, events).value().run->complete());
}

TEST_F(BundleTest, HasTheSameBytesWheneverItIsMadeOfTheSame) {
    add("demo", "1.0");
    const auto first = bundle(0);
    const auto digest = last.digest;
    bundle(0);
    EXPECT_EQ(last.digest, digest);
    expect_error(
        bundle_folder(master_folder, {.since = {}, .file = first}, signer.clock, events),
        ErrorCode::exists
    );
}

TEST_F(BundleTest, OfAMirrorOfSomeProjectsIsNotMade) {
    add("demo", "1.0");
    add("other", "1.0");
    auto outside = make_mirror("outside");
    unbundle(outside, bundle(0));
    ASSERT_TRUE(succeeded(outside.want({.projects = std::vector<std::string>{"demo"}})));
    const auto refuse = [&](const MirrorFolder& folder) {
        expect_error(
            bundle_folder(folder, {.since = {}, .file = temp / "none"}, signer.clock, events),
            ErrorCode::invalid_argument,
            "some only"
        );
    };
    refuse(outside);
    EXPECT_FALSE(std::filesystem::exists(temp / "none"));
    // Nor by who opened the folder before it became one.
    auto early = MirrorFolder::open(outside.path()).value();
    ASSERT_TRUE(succeeded(early.want({})));
    const auto whole = MirrorFolder::open(outside.path()).value();
    ASSERT_TRUE(succeeded(early.want({.projects = std::vector<std::string>{"demo"}})));
    refuse(whole);
    expect_error(try_unbundle(whole, bundle(0)), ErrorCode::invalid_argument, "some only");
}

TEST_F(BundleTest, EndsAtAnEventWhereverItsMirrorStands) {
    add("demo", "1.0");
    const auto outside = make_mirror("outside");
    unbundle(outside, bundle(0));
    const auto end = serial_of(outside);
    {
        // As where an upstream journals nothing of what it left out itself.
        const auto store = outside.open_catalog().value();
        const auto transaction = store->begin().value();
        ASSERT_TRUE(succeeded(transaction->set_last_serial({end + 5})));
        ASSERT_TRUE(succeeded(transaction->commit()));
    }
    const auto inside = make_mirror("inside");
    EXPECT_TRUE(unbundle(inside, bundle(outside, 0)).run->complete());
    EXPECT_EQ(last.manifest.to.value, end);
    EXPECT_EQ(serial_of(inside), end);
}

TEST(BundleFormat, ReadsBackWhatItWritesAndRefusesTheRest) {
    const BundleManifest manifest{
        .since = {3}, .to = {9}, .checkpoint = {5}, .made = Instant(std::chrono::seconds(86400))};
    EXPECT_EQ(parse_bundle_manifest(render_bundle_manifest(manifest)).value(), manifest);
    const BundleSeal seal{.entries = 7, .listing = pki::sha256(bytes_of("x"))};
    EXPECT_EQ(parse_bundle_seal(render_bundle_seal(seal)).value(), seal);
    expect_error(parse_bundle_manifest(render_bundle_seal(seal)), ErrorCode::unsupported);
    auto backwards = manifest;
    backwards.to = {4};
    expect_error(
        parse_bundle_manifest(render_bundle_manifest(backwards)),
        ErrorCode::malformed,
        "from 3 to 4"
    );
    auto text = render_bundle_manifest(manifest);
    text.replace(text.find("\"since\":3"), 9, "\"since\":-3");
    expect_error(parse_bundle_manifest(text), ErrorCode::malformed, "serial");
    expect_error(
        parse_bundle_manifest(std::string(bundle_limits::document_bytes + 1, ' ')),
        ErrorCode::too_large
    );
}

}  // namespace
}  // namespace heliograph::mirror
