// SPDX-License-Identifier: Apache-2.0
// Bundles judged without a mirror: what was altered on the way is named, and the rest still judged.
#include <mirror/check/bundle_check.hpp>
#include <tests/unit/mirror/bundle/bundle_house.hpp>

#include <set>

namespace heliograph::mirror {
namespace {

class BundleCheckTest : public BundleTest {
  protected:
    BundleCheckTest() {
        add("demo", "1.0");
        add("other", "1.0");
    }

    CopyReport check(
        const std::filesystem::path& file,
        const CheckDemands& demands = {},
        const std::optional<pki::Sha256>& digest = std::nullopt
    ) {
        const auto trust = signer.trust();
        auto checked = check_bundle(
            {.file = file, .spool_folder = temp.path(), .digest = digest},
            {trust, {}, verify::default_page_policy(), signer.clock.now()},
            demands
        );
        EXPECT_TRUE(test::succeeded(checked));
        return std::move(checked).value();
    }

    static std::set<std::string> bundle_errors(const CopyReport& checked) {
        std::set<std::string> ids;
        for (const auto& item : checked.report.items) {
            for (const auto& finding : verify::findings_of(item)) {
                if (finding.severity == verify::Severity::error) {
                    ids.insert(finding.id);
                }
            }
        }
        return ids;
    }
};

using BundleIds = std::set<std::string>;

TEST_F(BundleCheckTest, AcceptsWholeAndPartialBundles) {
    const auto whole = check(bundle(0));
    EXPECT_EQ(bundle_errors(whole), BundleIds());
    // The archive; of each project two pages, a file and its metadata text.
    EXPECT_EQ(whole.report.accepted(), 9U);
    const auto serial = catalog->state().value().last_serial;
    add("demo", "2.0");
    const auto news = check(bundle(serial.value));
    EXPECT_EQ(bundle_errors(news), BundleIds());
    EXPECT_EQ(news.report.accepted(), 5U) << "the file from before is not part of it";
}

TEST_F(BundleCheckTest, TellsEveryAlteredFileAndPage) {
    auto entries = entries_of(bundle(0));
    std::size_t altered = 0;
    for (auto& entry : entries) {
        if (entry.name.starts_with("blobs/")) {
            entry.content[9] ^= 1;
            ++altered;
        }
    }
    at(entries, "serversig/other.json").content[20] ^= 1;
    ASSERT_EQ(altered, 4U);
    const auto checked = check(carry(resealed(entries)));
    EXPECT_EQ(bundle_errors(checked), (BundleIds{"file-hash-mismatch", "page-signature-invalid"}));
    // Of other, whose page does not hold, no file is promised; the archive itself is sound.
    EXPECT_EQ(checked.report.items.size(), 7U);
    EXPECT_EQ(checked.report.accepted(), 4U);
}

TEST_F(BundleCheckTest, TellsWhatIsMissingAndWhatWasCutOff) {
    auto entries = entries_of(bundle(0));
    std::erase_if(entries, [](const auto& entry) { return entry.name.starts_with("blobs/"); });
    EXPECT_EQ(bundle_errors(check(carry(resealed(entries)))), BundleIds{"file-not-found"});
    entries.pop_back();
    const auto cut = check(carry(entries));
    EXPECT_TRUE(bundle_errors(cut).contains("not-checked"));
    EXPECT_GT(cut.report.accepted(), 0U) << "what came before is judged";
}

TEST_F(BundleCheckTest, DemandsTheDigestAndTheAge) {
    const auto file = bundle(0);
    EXPECT_EQ(bundle_errors(check(file, {}, last.digest)), BundleIds());
    EXPECT_EQ(
        bundle_errors(check(file, {}, pki::sha256(bytes_of("other")))),
        BundleIds{"bundle-digest-mismatch"}
    );
    const CheckDemands demands{.max_age = std::chrono::hours(1)};
    EXPECT_EQ(bundle_errors(check(file, demands)), BundleIds());
    signer.clock.advance(std::chrono::hours(2));
    EXPECT_EQ(bundle_errors(check(file, demands)), BundleIds{"mirror-stale"});
}

TEST_F(BundleCheckTest, ProvesNothingByASealAlone) {
    auto entries = entries_of(bundle(0));
    entries.erase(entries.begin() + 1, entries.end() - 1);
    const auto told = bundle_errors(check(carry(resealed(entries))));
    EXPECT_TRUE(told.contains("nothing-signed"));
    EXPECT_TRUE(told.contains("signer-chain-missing"));
}

TEST_F(BundleCheckTest, MayHoldNoNewsWhenItsSignerIsGood) {
    const auto quiet = bundle(catalog->state().value().last_serial.value);
    EXPECT_EQ(bundle_errors(check(quiet)), BundleIds());
    auto entries = entries_of(quiet);
    ASSERT_EQ(
        std::erase_if(entries, [](const auto& one) { return one.name == "serverkey.crt"; }), 1U
    );
    EXPECT_EQ(bundle_errors(check(carry(resealed(entries)))), BundleIds{"signer-chain-missing"});
}

TEST_F(BundleCheckTest, IsNoBundleWithoutAManifest) {
    auto entries = entries_of(bundle(0));
    entries.erase(entries.begin());
    const auto trust = signer.trust();
    test::expect_error(
        check_bundle(
            {.file = carry(entries), .spool_folder = temp.path()},
            {trust, {}, verify::default_page_policy(), signer.clock.now()},
            {}
        ),
        ErrorCode::malformed
    );
}

}  // namespace
}  // namespace heliograph::mirror
