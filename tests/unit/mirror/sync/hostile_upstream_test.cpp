// SPDX-License-Identifier: Apache-2.0
// A mirror refuses what a hostile or broken upstream tells: threats T1, T2, T3, T4, T23.
#include <mirror/sync/sync_run.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <algorithm>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using Kind = ProjectOutcome::Kind;

constexpr const char* json = "json";
constexpr const char* html = "html";

ServedCatalog::Lie replace(std::string from, std::string to) {
    return
        [from = std::move(from), to = std::move(to)](ServedAnswer answer) -> Result<ServedAnswer> {
            const auto place = answer.body.find(from);
            EXPECT_NE(place, std::string::npos) << from;
            answer.body.replace(place, from.size(), to);
            return answer;
        };
}

Result<ServedAnswer> cut_short(ServedAnswer answer) {
    answer.body.resize(answer.body.size() / 2);
    return answer;
}

Result<ServedAnswer> lengthen(ServedAnswer answer) {
    answer.body += "x";
    return answer;
}

class HostileUpstream : public SyncTest {
  protected:
    // Two projects, of which the lie concerns demo; the other must come through.
    void expect_refused(
        const std::string& finding,
        const std::string& path,
        ServedCatalog::Lie lie,
        const std::string& accept = ""
    ) {
        master.add("demo", "1.0");
        master.add("other", "1.0");
        Follower follower(master);
        follower.upstream_catalog.lie(path, std::move(lie), accept);
        const auto report = follower.sync();
        const auto* refused = outcome_of(report, "demo");
        ASSERT_NE(refused, nullptr);
        EXPECT_EQ(refused->kind, Kind::refused) << refused->reason;
        EXPECT_NE(refused->verdict.find(finding), nullptr) << refused->reason;
        EXPECT_EQ(outcome_of(report, "other")->kind, Kind::stored);
        EXPECT_FALSE(report.complete());
        expect_sound(follower);
        expect_error(
            follower.catalog.page(project("demo"), verify::PageForm::json), ErrorCode::not_found
        );
        const auto pending = follower.catalog.pending().value();
        ASSERT_EQ(pending.size(), 1U);
        EXPECT_EQ(pending[0].cause, PendingCause::refused);
        EXPECT_FALSE(pending[0].reason.empty());
        // Told the truth, it is healed by the next run.
        follower.upstream_catalog.tell_the_truth();
        EXPECT_TRUE(follower.sync().complete());
        expect_same_as_master(follower);
    }
};

TEST_F(HostileUpstream, RefusesAFileWithOneFlippedByte) {
    master.add("demo", "1.0");
    expect_refused("file-hash-mismatch", file_path("demo"), flip);
}

TEST_F(HostileUpstream, RefusesATruncatedFile) {
    master.add("demo", "1.0");
    expect_refused("file-length-mismatch", file_path("demo"), cut_short);
}

TEST_F(HostileUpstream, RefusesAFileThatIsTooLong) {
    master.add("demo", "1.0");
    expect_refused("file-length-mismatch", file_path("demo"), lengthen);
}

TEST_F(HostileUpstream, RefusesMetadataThatIsNotTheFiles) {
    master.add("demo", "1.0");
    expect_refused("file-hash-mismatch", file_path("demo") + ".metadata", flip);
}

TEST_F(HostileUpstream, RefusesAnAlteredPageInEitherForm) {
    expect_refused("page-signature-invalid", "/simple/demo/", replace(">=3.8", ">=3.9"), json);
}

TEST_F(HostileUpstream, RefusesAnAlteredHtmlPage) {
    expect_refused("page-signature-invalid", "/simple/demo/", flip, html);
}

TEST_F(HostileUpstream, RefusesThePageOfAnotherProjectWithItsOwnSignature) {
    master.add("demo", "1.0");
    master.add("evil", "1.0");
    Follower follower(master);
    const auto page = master.catalog.page(project("evil"), verify::PageForm::json).value();
    follower.upstream_catalog.lie(
        "/simple/demo/",
        [&](const ServedAnswer&) -> Result<ServedAnswer> {
            return ServedAnswer{200, std::string(text_of(page.body))};
        },
        json
    );
    follower.upstream_catalog.lie(
        "/serversig/demo.json",
        [&](const ServedAnswer&) -> Result<ServedAnswer> {
            return ServedAnswer{200, std::string(text_of(page.signature))};
        }
    );
    const auto report = follower.sync();
    EXPECT_NE(outcome_of(report, "demo")->verdict.find("page-name-mismatch"), nullptr);
    expect_sound(follower);
}

TEST_F(HostileUpstream, RefusesAPageWithoutSignature) {
    expect_refused("page-signature-missing", "/serversig/demo", say(404));
}

TEST_F(HostileUpstream, RefusesAnOldPageUnderANewSerial) {
    master.add("demo", "1.0");
    TestMaster& source = master;
    Follower follower(source);
    follower.sync();
    const auto old_html = source.catalog.page(project("demo"), verify::PageForm::html).value();
    const auto old_json = source.catalog.page(project("demo"), verify::PageForm::json).value();
    source.add("demo", "2.0");
    const auto serve = [&](const std::string& path, const Bytes& body, const std::string& accept) {
        follower.upstream_catalog.lie(
            path,
            [&](const ServedAnswer&) -> Result<ServedAnswer> {
                return ServedAnswer{200, std::string(text_of(body))};
            },
            accept
        );
    };
    serve("/serversig/demo", old_html.signature, "");
    serve("/serversig/demo.json", old_json.signature, "");
    follower.upstream_catalog.lie(
        "/simple/demo/",
        [&](const ServedAnswer& answer) -> Result<ServedAnswer> {
            const bool is_html = answer.body.starts_with("<");
            return ServedAnswer{200, std::string(text_of(is_html ? old_html.body : old_json.body))};
        }
    );
    const auto report = follower.sync();
    EXPECT_NE(outcome_of(report, "demo")->verdict.find("page-serial-stale"), nullptr)
        << outcome_of(report, "demo")->reason;
    EXPECT_EQ(follower.catalog.files(project("demo")).value().size(), 1U)
        << "the page that was here stays";
    EXPECT_EQ(report.pending, 1U);
    follower.upstream_catalog.tell_the_truth();
    EXPECT_TRUE(follower.sync().complete());
    expect_same_as_master(follower);
}

TEST_F(HostileUpstream, RefusesPagesThatTheJournalDoesNotName) {
    master.add("demo", "1.0");
    Follower follower(master);
    const auto digest =
        master.catalog.page(project("demo"), verify::PageForm::json).value().digest.to_hex();
    follower.upstream_catalog.lie("/changelog", replace(digest, std::string(64, '0')));
    const auto report = follower.sync();
    EXPECT_NE(outcome_of(report, "demo")->verdict.find("page-digest-mismatch"), nullptr);
    expect_sound(follower);
}

TEST_F(HostileUpstream, RefusesAJournalThatGoesBack) {
    master.add("demo", "1.0");
    master.add("other", "1.0");
    Follower follower(master);
    follower.sync();
    const TestMaster fresh;
    follower.upstream_catalog.serve(fresh.catalog, fresh.blobs);
    // The fresh master's own signer is not the point here: show the known one.
    const auto chain = master.catalog.evidence(EvidenceKind::signer_chain).value();
    follower.upstream_catalog.lie(
        "/serverkey.crt",
        [&](const ServedAnswer&) -> Result<ServedAnswer> {
            return ServedAnswer{200, std::string(text_of(chain))};
        }
    );
    const auto report = follower.sync();
    EXPECT_FALSE(report.upstream.accepted());
    EXPECT_NE(report.upstream.find("journal-rollback"), nullptr);
    expect_same_as_master(follower);
}

TEST_F(HostileUpstream, TakesNothingFromAnUpstreamOfAnotherAuthority) {
    master.add("demo", "1.0");
    TestMaster stranger;
    stranger.add("demo", "1.0", "import evil\n");
    Follower follower(master);
    follower.upstream_catalog.serve(stranger.catalog, stranger.blobs);
    const auto report = follower.sync();
    EXPECT_FALSE(report.upstream.accepted());
    EXPECT_FALSE(report.complete());
    EXPECT_TRUE(follower.catalog.projects().value().empty());
    EXPECT_TRUE(follower.blobs.list().value().empty());
    expect_error(follower.catalog.evidence(EvidenceKind::signer_chain), ErrorCode::not_found);
}

TEST_F(HostileUpstream, RefusesHostileJournals) {
    master.add("demo", "1.0");
    Follower follower(master);
    follower.upstream_catalog.lie(
        "/changelog", replace("demo-1.0-py3-none-any.whl", "../../../etc/passwd.whl")
    );
    expect_error(follower.try_sync(), ErrorCode::malformed);
    EXPECT_TRUE(follower.catalog.projects().value().empty());
}

}  // namespace
}  // namespace heliograph::mirror
