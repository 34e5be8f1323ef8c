// SPDX-License-Identifier: Apache-2.0
#include <mirror/audit/audit_book.hpp>
#include <mirror/audit/audit_run.hpp>
#include <mirror/audit/audited_page.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

// A mirror and its master by name, each from a catalogue, as servers would answer.
class AuditedServers final : public Transport {
  public:
    AuditedServers(ServedCatalog& mirror, ServedCatalog& master, const Clock& clock)
        : m_mirror(mirror), m_master(master), last_run(clock.now()) {}

    [[nodiscard]] Result<HttpResponse> fetch(const HttpGet& request, BodySink& sink) override {
        const auto& path = request.url.path();
        if (path == "/last-modified") {
            HG_CHECK(sink.write(bytes_of(format_last_modified(last_run))));
            return HttpResponse{.status = 200, .headers = {}, .url = request.url};
        }
        if (path == "/simple/" && !request.if_none_match.empty()) {
            return HttpResponse{.status = conditional, .headers = {}, .url = request.url};
        }
        auto& served = request.url.host() == "mirror.example" ? m_mirror : m_master;
        HG_TRY(auto response, served.fetch(request, sink));
        if (path == "/simple/") {
            response.headers.add("Content-Type", type);
            response.headers.add("ETag", "\"list\"");
            response.headers.add("Vary", vary);
        }
        return response;
    }

  private:
    ServedCatalog& m_mirror;
    ServedCatalog& m_master;

  public:
    Instant last_run;
    int conditional = 304;
    std::string type = "application/vnd.pypi.simple.v1+json";
    std::string vary = "Accept";
};

class AuditTest : public SyncTest {
  protected:
    AuditTest()
        : follower(master),
          mirror(follower.catalog, follower.blobs),
          origin(master.catalog, master.blobs),
          servers(mirror, origin, master.clock) {
        master.add("demo", "1.0");
        master.add("other", "1.0");
        follower.sync();
    }

    AuditReport audit() {
        const auto trust = master.trust();
        const AuditRequest request{
            .mirror = Url::parse("https://mirror.example/").value(),
            .master = Url::parse("https://master.example/").value(),
            .trust = &trust,
            .coverage = coverage};
        auto report = audit_mirror(request, servers, master.clock);
        EXPECT_TRUE(succeeded(report));
        return report ? *std::move(report) : AuditReport{};
    }

    void expect_finding(const std::string& id) {
        const auto report = audit();
        const auto& findings = report.verdict.findings();
        EXPECT_TRUE(std::any_of(
            findings.begin(), findings.end(), [&](const auto& finding) { return finding.id == id; }
        )) << id
           << " is not among: " << report.verdict.describe();
    }

    Follower follower;
    ServedCatalog mirror;
    ServedCatalog origin;
    AuditedServers servers;
    Coverage coverage = Coverage::complete;
};

TEST_F(AuditTest, FindsNothingWrongWithAnHonestMirror) {
    const auto report = audit();
    EXPECT_TRUE(report.verdict.accepted()) << report.verdict.describe();
    for (const auto& finding : report.verdict.findings()) {
        EXPECT_EQ(finding.id, "revocation-missing") << "the only thing that this master lacks";
    }
    EXPECT_EQ(report.projects_listed, 2U);
    EXPECT_EQ(report.pages_checked, 2U);
    EXPECT_EQ(report.files_checked, 2U);
    EXPECT_EQ(report.metadata_checked, 2U);
}

TEST_F(AuditTest, FindsProjectsThatTheMirrorHides) {
    const auto hide = [](const ServedAnswer& honest) -> Result<ServedAnswer> {
        auto lie = honest;
        const auto begin = honest.body.find("\"projects\":[") + 12;
        lie.body = honest.body.substr(0, begin) + "]}";
        return lie;
    };
    mirror.lie("/simple/", hide);
    const auto report = audit();
    const auto* const missing = report.verdict.find("project-missing");
    ASSERT_NE(missing, nullptr) << report.verdict.describe();
    EXPECT_EQ(missing->cause, verify::Cause::false_evidence) << "at its master's serial";
    EXPECT_EQ(report.pages_checked, 2U) << "drawn from what the master lists";
    mirror.tell_the_truth();
    EXPECT_EQ(audit().verdict.find("project-missing"), nullptr);
    master.add("third", "1.0");
    const auto behind = audit();
    ASSERT_NE(behind.verdict.find("project-missing"), nullptr);
    EXPECT_EQ(behind.verdict.find("project-missing")->cause, verify::Cause::stale_evidence);
    // Alone it can hide them; that nothing was seen is told.
    mirror.lie("/simple/", hide);
    const AuditRequest alone{.mirror = Url::parse("https://mirror.example/").value()};
    const auto empty = audit_mirror(alone, servers, master.clock);
    ASSERT_TRUE(succeeded(empty));
    EXPECT_FALSE(empty->verdict.accepted());
    ASSERT_NE(empty->verdict.find("nothing-checked"), nullptr);
    EXPECT_EQ(empty->verdict.worst_cause(), verify::Cause::missing_evidence);
}

TEST_F(AuditTest, BelievesNoRunThatIsYetToBegin) {
    servers.last_run = master.clock.now() + std::chrono::hours(1);
    expect_finding("mirror-clock-ahead");
}

TEST_F(AuditTest, FindsAMirrorThatStandsStill) {
    servers.last_run = master.clock.now() - std::chrono::hours(25);
    expect_finding("mirror-stale");
    master.add("demo", "1.1");
    expect_finding("mirror-behind");
    expect_finding("file-missing");
}

TEST_F(AuditTest, FindsAlteredPagesFilesAndMetadata) {
    mirror.lie("/simple/demo/", flip, "json");
    expect_finding("page-signature-invalid");
    mirror.tell_the_truth();
    const auto file = file_path("demo");
    mirror.lie(file, flip);
    expect_finding("file-hash-mismatch");
    mirror.lie(file, say(404));
    expect_finding("file-not-served");
    mirror.tell_the_truth();
    mirror.lie(file + ".metadata", say(404));
    expect_finding("metadata-not-served");
    mirror.lie(file + ".metadata", flip);
    expect_finding("file-hash-mismatch");
    mirror.tell_the_truth();
    mirror.lie("/simple/demo/", say(500));
    expect_finding("page-not-served");
    mirror.lie("/simple/demo/", [](const ServedAnswer&) -> Result<ServedAnswer> {
        return Error(ErrorCode::network, "reset");
    });
    expect_finding("not-answered");
}

TEST_F(AuditTest, CallsAFileLeftOutOfWhichTheMirrorClaimsIt) {
    const auto leave_out = [](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{404, "left out", {{"X-Left-Out", "latest"}}};
    };
    mirror.lie(file_path("demo"), leave_out);
    expect_finding("file-left-out");
    coverage = Coverage::partial;
    const auto report = audit();
    EXPECT_TRUE(report.verdict.accepted()) << report.verdict.describe();
    EXPECT_EQ(report.files_left_out, 1U);
    EXPECT_EQ(report.files_checked, 1U);
    EXPECT_EQ(report.metadata_checked, 1U);
    const auto& findings = report.verdict.findings();
    const auto found = std::find_if(findings.begin(), findings.end(), [](const auto& finding) {
        return finding.id == "file-left-out";
    });
    ASSERT_NE(found, findings.end());
    EXPECT_NE(found->seen.find("which nobody signed"), std::string::npos);
    EXPECT_EQ(found->source, "https://mirror.example/");
    // Whoever claims it of everything has shown nothing.
    mirror.lie(file_path("other"), leave_out);
    expect_finding("nothing-checked");
}

TEST_F(AuditTest, FindsWhatItShouldNoLongerServe) {
    const auto demo = master.catalog.files(project("demo")).value().front();
    ASSERT_TRUE(succeeded(master.publisher().yank(demo.path.name(), "broken")));
    expect_finding("yank-lost");
    ASSERT_TRUE(succeeded(master.publisher().set_status(
        project("demo"), {.status = verify::ProjectStatus::quarantined, .reason = "malware"}
    )));
    expect_finding("quarantined-project-served");
    ASSERT_TRUE(succeeded(master.publisher().remove_project(project("other"))));
    expect_finding("removed-project-served");
    master.add("third", "1.0");
    follower.sync();
    master.add("third", "1.1");
    const auto third = master.catalog.files(project("third")).value().front();
    ASSERT_TRUE(succeeded(master.publisher().remove_file(third.path.name())));
    expect_finding("removed-file-served");
}

TEST_F(AuditTest, FindsAnswersThatAreNotByTheStandard) {
    servers.vary = "Origin";
    expect_finding("api-no-vary");
    servers.conditional = 200;
    expect_finding("api-no-conditional");
    mirror.lie("/simple/heliograph-audit-no-such-project/", say(200));
    expect_finding("api-false-presence");
    mirror.tell_the_truth();
    servers.type = "text/html";
    expect_finding("api-no-json");
}

TEST_F(AuditTest, AsksNobodyInTheOpen) {
    const AuditRequest request{.mirror = Url::parse("http://mirror.example/").value()};
    expect_error(
        audit_mirror(request, servers, master.clock), ErrorCode::invalid_argument, "https"
    );
}

TEST(AuditedPage, ReadsPagesThatOursAreStricterThan) {
    const auto page = parse_audited_page(
                          R"({"meta":{"api-version":"1.1"},"files":[
            {"filename":"a-1.tar.gz","url":"https://files.example/a-1.tar.gz","hashes":{},"yanked":""},
            {"filename":"b-1.tar.gz","url":"../b","hashes":{"md5":"x"},"yanked":true,
             "core-metadata":{"sha256":"zz"}}]})"
    )
                          .value();
    EXPECT_EQ(page.files.size(), 2U);
    EXPECT_TRUE(page.files.at("b-1.tar.gz").is_yanked);
    EXPECT_TRUE(page.files.at("b-1.tar.gz").has_metadata);
    EXPECT_FALSE(page.files.at("b-1.tar.gz").sha256.has_value());
    expect_error(parse_audited_page("{}"), ErrorCode::malformed);
    expect_error(parse_audited_page(R"({"meta":{"api-version":"1.0"}})"), ErrorCode::malformed);
    EXPECT_EQ(
        parse_audited_list(R"({"projects":[{"name":"A.b"},{"name":"../x"}]})")
            .value()
            .projects.size(),
        1U
    );
}

// Whoever is behind says what was true; whoever says another thing of the same state does not.
TEST(AuditBook, CallsTheDifferencesOfAnOlderPageStaleAndOthersFalse) {
    AuditedPage here;
    AuditedPage there;
    there.serial = verify::Serial{5};
    here.files["demo-1.0.tar.gz"] = {};
    here.files["demo-1.1.tar.gz"] = {};
    there.files["demo-1.1.tar.gz"].is_yanked = true;
    there.files["demo-1.2.tar.gz"] = {};
    const auto compared = [&] {
        AuditBook book("https://mirror.example/");
        book.compare_pages(project("demo"), here, there);
        return book.take();
    };
    for (const char* id : {"removed-file-served", "yank-lost", "file-missing"}) {
        here.serial = verify::Serial{4};
        const auto behind = compared();
        ASSERT_NE(behind.find(id), nullptr) << id;
        EXPECT_EQ(behind.find(id)->cause, verify::Cause::stale_evidence) << id;
        here.serial = there.serial;
        EXPECT_EQ(compared().find(id)->cause, verify::Cause::false_evidence) << id;
    }
    here.serial.reset();
    EXPECT_EQ(compared().find("yank-lost")->cause, verify::Cause::false_evidence);
    EXPECT_EQ(compared().find("file-missing")->cause, verify::Cause::stale_evidence);
}

}  // namespace
}  // namespace heliograph::mirror
