// SPDX-License-Identifier: Apache-2.0
// Without a network: what earlier runs kept, judged anew, and nothing else.
#include <mirror/fetch/kept_page.hpp>
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using heliograph::test::expect_error;
using heliograph::test::succeeded;
using Reach = FetchConduct::Reach;

class FetchOffline : public FetchSessionTest {
  protected:
    FetchOffline()
        : m_files(std::make_shared<FileCache>(m_home / "files", 1'000'000)),
          m_pages(std::make_shared<PageCache>(
              m_home / "pages", 1'000'000, verify::authority_ids(m_index.trust())
          )) {}

    template <typename Ask>
    auto ask_session(Reach reach, Ask ask) {
        const verify::TrustBundle trust = m_index.trust();
        const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
        Fleet fleet(list(), m_known, Dice(1));
        auto with_caches = conduct();
        with_caches.cache = m_files;
        with_caches.pages = m_pages;
        with_caches.reach = reach;
        FetchSession session(fleet, basis, m_state, std::move(with_caches));
        return ask(session);
    }

    Result<FetchOutcome> fetch_by(Reach reach) {
        fs::remove(m_folder / file_name);
        return ask_session(reach, [&](FetchSession& session) {
            return session.fetch(
                {.requirement = parse_requirement("demo").value(),
                 .target = {},
                 .folder = m_folder.path()},
                m_watcher
            );
        });
    }

    void expect_refused(const std::string& id, Cause cause) {
        const auto outcome = fetch_by(Reach::kept);
        expect_no_file(outcome);
        ASSERT_EQ(outcome->failures.size(), 1U);
        const auto& findings = outcome->failures[0].findings;
        const auto found = std::find_if(findings.begin(), findings.end(), [&](const auto& one) {
            return one.id == id;
        });
        ASSERT_NE(found, findings.end()) << describe(*outcome);
        EXPECT_EQ(found->cause, cause);
    }

    [[nodiscard]] static fs::path entry(const fs::path& folder, const pki::Sha256& name) {
        const auto hex = name.to_hex();
        return folder / hex.substr(0, 2) / hex.substr(2);
    }
    [[nodiscard]] fs::path page_entry() const {
        const auto ids = verify::authority_ids(m_index.trust());
        const std::string name = std::string(text_of(ids.front().span())) + "demo";
        return entry(m_home / "pages", pki::sha256(bytes_of(name)));
    }
    void write_page(ByteSpan bytes) const {
        std::ofstream(page_entry(), std::ios::binary | std::ios::trunc) << text_of(bytes);
    }

    heliograph::test::TempFolder m_home;
    std::shared_ptr<FileCache> m_files;
    std::shared_ptr<PageCache> m_pages;
    const std::string m_kept{kept_source};
};

TEST_F(FetchOffline, TakesWhatEarlierRunsKeptAndAsksNobody) {
    expect_right_file(fetch_by(Reach::mirrors), one);
    const auto asked = m_transport.requests().size();
    m_clock.advance(std::chrono::hours(1));
    const auto outcome = fetch_by(Reach::kept);
    expect_right_file(outcome, m_kept);
    EXPECT_EQ(m_transport.requests().size(), asked);
    const auto& warnings = outcome->file->warnings;
    EXPECT_TRUE(std::any_of(warnings.begin(), warnings.end(), [](const auto& warning) {
        return warning.id == "page-kept";
    })) << "how old it is";
    EXPECT_TRUE(m_known.empty()) << "nothing is learnt of any mirror";
}

TEST_F(FetchOffline, SaysWhatIsNotKept) {
    expect_refused("not-kept", Cause::missing_evidence);
    expect_right_file(fetch_by(Reach::mirrors), one);
    fs::remove(entry(m_home / "files", wheel().sha256));
    expect_refused("not-kept", Cause::missing_evidence);
    EXPECT_FALSE(m_pages->folder().trouble());
}

TEST_F(FetchOffline, RefusesEvidenceThatIsTooOldByNow) {
    expect_right_file(fetch_by(Reach::mirrors), one);
    m_clock.advance(std::chrono::hours(24 * 60));
    expect_refused("revocation-stale", Cause::stale_evidence);
    m_clock.advance(std::chrono::hours(24 * 3650));
    expect_refused("signer-expired", Cause::stale_evidence);
}

TEST_F(FetchOffline, RefusesListsThatAreTooOldAlsoWhereNoneAreDemanded) {
    m_policy = verify::default_page_policy();
    expect_right_file(fetch_by(Reach::mirrors), one);
    m_clock.advance(std::chrono::hours(24 * 60));
    expect_refused("revocation-stale", Cause::stale_evidence);
}

TEST_F(FetchOffline, HoldsListsThatCameWithOnePageAgainstTheSignersOfAll) {
    expect_right_file(fetch_by(Reach::mirrors), one);
    const KeptPage of_another{
        .source = two,
        .serial = Serial{50},
        .page = to_bytes("a page"),
        .signature = to_bytes("its signature"),
        .chain_pem = to_bytes("the chain of the signer that came after"),
        .revocation_pem = to_bytes(lists_that_revoke_the_signer())};
    m_pages->keep(verify::parse_normalised_name("another").value(), of_another);
    expect_refused("signer-revoked", Cause::false_evidence);
    // Older ones that another mirror still gives take nothing back.
    auto behind = of_another;
    behind.revocation_pem = to_bytes(m_index.revocation_pem);
    m_pages->keep(verify::parse_normalised_name("third").value(), behind);
    expect_refused("signer-revoked", Cause::false_evidence);
    EXPECT_FALSE(m_pages->folder().trouble());
}

TEST_F(FetchOffline, KeepsNoListsThatSpeakOfNoSignerToPushOthersAside) {
    const auto genuine = m_index.revocation_pem;
    std::string flood;
    for (int i = 0; i < 20; ++i) {
        // The same names, other keys.
        flood += pki::test::SampleChain().list_of_intermediate().to_pem();
    }
    m_index.revocation_pem = flood + genuine;
    serve(one, Serial{42});
    expect_right_file(fetch_by(Reach::mirrors), one);
    const auto kept = m_pages->lists().value();
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->size(), genuine.size());
    expect_right_file(fetch_by(Reach::kept), m_kept);
}

TEST_F(FetchOffline, KeepsTheNewestPageWhoeverComesLast) {
    const auto demo = verify::parse_normalised_name("demo").value();
    expect_right_file(fetch_by(Reach::mirrors), one);
    auto page = m_pages->find(demo).value()->page;
    ASSERT_EQ(page.serial, Serial{42});
    for (const auto& [serial, stays] : {std::pair{41U, 42U}, {43U, 43U}, {42U, 43U}}) {
        page.serial = Serial{serial};
        m_pages->keep(demo, page);
        EXPECT_EQ(m_pages->find(demo).value()->page.serial, Serial{stays});
    }
}

TEST_F(FetchOffline, FindsPagesWhileTheRootOfAnIndexChanges) {
    const auto demo = verify::parse_normalised_name("demo").value();
    const auto before = pki::sha256(bytes_of("old root"));
    const auto after = pki::sha256(bytes_of("new root"));
    KeptPage page{
        .source = one,
        .serial = Serial{1},
        .page = {},
        .signature = {},
        .chain_pem = {},
        .revocation_pem = {}};
    PageCache(m_home / "pages", 1'000'000, {before}).keep(demo, page);
    PageCache during(m_home / "pages", 1'000'000, {after, before});
    EXPECT_TRUE(during.find(demo).value());
    page.serial = Serial{2};
    during.keep(demo, page);
    PageCache then(m_home / "pages", 1'000'000, {after});
    EXPECT_EQ(then.find(demo).value()->page.serial, Serial{2});
    EXPECT_FALSE(PageCache(m_home / "pages", 1'000'000, {pki::sha256({})}).find(demo).value());
}

TEST_F(FetchOffline, TakesKeptFilesForWhoeverLooksIntoThem) {
    for (const auto reach : {Reach::mirrors, Reach::kept}) {
        const auto path = m_home / "archive";
        const auto outcome = ask_session(reach, [&](FetchSession& session) {
            return session.file_bytes(wheel(), path);
        });
        ASSERT_TRUE(succeeded(outcome));
        ASSERT_TRUE(outcome->document);
        EXPECT_EQ(outcome->document->mirror, reach == Reach::kept ? m_kept : one);
        EXPECT_EQ(text_of(read_file(path, 1000).value()), content);
        fs::remove(path);
    }
    EXPECT_EQ(m_transport.count(file_url(one)), 1U);
}

TEST_F(FetchOffline, RefusesAPageThatIsOlderThanOneSeen) {
    expect_right_file(fetch_by(Reach::mirrors), one);
    m_state.remember(verify::parse_normalised_name("demo").value(), Serial{43});
    expect_refused("kept-page-outdated", Cause::stale_evidence);
}

TEST_F(FetchOffline, BelievesNothingThatWasAltered) {
    expect_right_file(fetch_by(Reach::mirrors), one);
    auto bytes = read_file(page_entry(), 1'000'000).value();
    auto kept = parse_kept_page(bytes).value();
    bytes[bytes.size() / 2] ^= std::byte{1};
    write_page(bytes);
    expect_refused("not-kept", Cause::missing_evidence);
    kept.page[kept.page.size() / 2] ^= std::byte{1};
    write_page(render_kept_page(kept));
    expect_refused("page-signature-invalid", Cause::false_evidence);
    EXPECT_TRUE(m_evidence.empty()) << "no mirror is to blame";
}

TEST_F(FetchOffline, TakesKeptMetadata) {
    const std::string text = "Metadata-Version: 2.1\nName: demo\nVersion: 2.0\n";
    m_transport.answer(file_url(one) + ".metadata", text);
    for (const auto reach : {Reach::mirrors, Reach::kept}) {
        const auto place = m_home / "text";
        const auto outcome = ask_session(reach, [&](FetchSession& session) {
            return session.document(
                promised_metadata(wheel().name, wheel().path(), pki::sha256(bytes_of(text))),
                open_named_place(place).value()
            );
        });
        ASSERT_TRUE(succeeded(outcome));
        ASSERT_TRUE(outcome->document);
        EXPECT_EQ(outcome->document->mirror, reach == Reach::kept ? m_kept : one);
        EXPECT_EQ(text_of(read_file(place, 1000).value()), text);
        fs::remove(place);
    }
    const auto other = ask_session(Reach::kept, [&](FetchSession& session) {
        return session.document(
            promised_metadata(wheel().name, wheel().path(), pki::sha256(bytes_of("other"))),
            open_named_place(m_home / "text").value()
        );
    });
    ASSERT_TRUE(succeeded(other));
    EXPECT_FALSE(other->document);
    EXPECT_EQ(other->failures.at(0).findings.at(0).id, "not-kept");
}

TEST(KeptPage, IsReadAsItWasWrittenAndNoOtherWay) {
    KeptPage kept{
        .source = "https://one.example/",
        .serial = verify::Serial{42},
        .page = to_bytes("a page\nof two lines"),
        .signature = to_bytes("sig"),
        .chain_pem = to_bytes("chain"),
        .revocation_pem = std::nullopt};
    EXPECT_EQ(parse_kept_page(render_kept_page(kept)).value(), kept);
    kept.revocation_pem = to_bytes("lists");
    const auto whole = render_kept_page(kept);
    EXPECT_EQ(parse_kept_page(whole).value(), kept);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_kept_page(ByteSpan(whole).first(length))) << length;
    }
    const auto body = std::string(text_of(whole)).find('\n') + 1;
    for (std::size_t at = body; at < whole.size(); ++at) {
        auto altered = whole;
        altered[at] ^= std::byte{1};
        expect_error(parse_kept_page(altered), ErrorCode::malformed);
    }
    std::string other(text_of(whole));
    other.replace(other.find("page-1"), 6, "page-2");
    expect_error(parse_kept_page(bytes_of(other)), ErrorCode::unsupported);
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"\"signature\":3", "\"signature\":-3"},
             {"\"signature\":3", "\"signature\":2"},
             {"\"signature\":3", "\"signature\":9223372036854775807"},
             {"\"lists\":5", "\"lists\":\"5\""}}) {
        std::string lying(text_of(whole));
        lying.replace(lying.find(from), from.size(), to);
        EXPECT_FALSE(parse_kept_page(bytes_of(lying))) << to;
    }
    expect_error(parse_kept_page(bytes_of(std::string(5000, ' '))), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::mirror
