// SPDX-License-Identifier: Apache-2.0
// Every path of the tree, asked well and badly (threat T15).
#include <mirror/journal/changelog.hpp>
#include <mirror/net/request_target.hpp>
#include <mirror/serve/router.hpp>
#include <pki/base/json.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>
#include <verify/index/page_json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heliograph::mirror {
namespace {

using test::html_page;
using test::json_page;
using test::wheel_content;
using test::wheel_metadata;
using test::wheel_path;
using testing::HasSubstr;
using testing::Not;

using Fields = std::vector<std::pair<std::string, std::string>>;

class CountingSink final : public EventSink {
  public:
    void emit(const Event& event) override { names.push_back(event.name); }
    std::vector<std::string> names;
};

class RouterTest : public testing::Test {
  protected:
    RouterTest() { test::fill(m_catalog, m_blobs); }

    HttpReply ask(const std::string& target, const Fields& fields = {}) {
        return ask_with(Method::get, target, fields);
    }

    HttpReply ask_with(Method method, const std::string& target, const Fields& fields = {}) {
        HttpRequest request;
        request.method = method;
        const auto parts = split_target(target);
        if (!parts) {
            ADD_FAILURE() << target;
            return {};
        }
        request.path = *decode_path(parts->path);
        request.query = parts->query;
        for (const auto& [name, value] : fields) {
            request.headers.add(name, value);
        }
        return answer_request(request, m_view, m_events);
    }

    static std::string body(const HttpReply& reply) {
        if (const auto* bytes = std::get_if<BytesBody>(&reply.body)) {
            return std::string(text_of(*bytes->bytes));
        }
        if (const auto* file = std::get_if<FileBody>(&reply.body)) {
            std::string text(file->length_bytes, '\0');
            const auto count = ::pread(
                file->file->get(), text.data(), text.size(), static_cast<off_t>(file->offset_bytes)
            );
            EXPECT_EQ(count, static_cast<ssize_t>(text.size()));
            return text;
        }
        return "";
    }

    MemoryCatalog m_catalog;
    MemoryBlobStore m_blobs;
    PreparedCache m_cache{1'000'000};
    CountingSink m_events;
    ReadView m_view{m_catalog, m_blobs, MirrorRole::master, m_cache, 0};
};

TEST_F(RouterTest, ServesPagesAsStored) {
    const HttpReply html = ask("/simple/wheel/");
    EXPECT_EQ(html.status, 200);
    EXPECT_EQ(body(html), html_page);
    EXPECT_THAT(*html.head, HasSubstr("Content-Type: text/html; charset=utf-8\r\n"));
    EXPECT_THAT(*html.head, HasSubstr("Vary: Accept\r\n"));
    EXPECT_THAT(*html.head, HasSubstr("X-PyPI-Last-Serial: 4\r\n"));
    EXPECT_THAT(
        *html.head, HasSubstr("ETag: \"" + pki::sha256(bytes_of(html_page)).to_hex() + "\"\r\n")
    );
    const HttpReply json =
        ask("/simple/wheel/", {{"Accept", "application/vnd.pypi.simple.v1+json"}});
    EXPECT_EQ(body(json), json_page);
    EXPECT_THAT(*json.head, HasSubstr("Content-Type: application/vnd.pypi.simple.v1+json\r\n"));
    const HttpReply chosen = ask("/simple/wheel/?format=application/vnd.pypi.simple.v1%2Bhtml");
    EXPECT_EQ(body(chosen), html_page);
    EXPECT_THAT(*chosen.head, HasSubstr("Content-Type: application/vnd.pypi.simple.v1+html\r\n"));
}

TEST_F(RouterTest, AnswersNotModifiedForTheTagItGave) {
    const std::string etag = etag_of(pki::sha256(bytes_of(html_page)));
    const HttpReply reply = ask("/simple/wheel/", {{"If-None-Match", etag}});
    EXPECT_EQ(reply.status, 304);
    EXPECT_THAT(*reply.head, HasSubstr(etag));
    EXPECT_THAT(*reply.head, HasSubstr("Vary: Accept"));
    EXPECT_EQ(
        ask("/simple/wheel/",
            {{"If-None-Match", etag}, {"Accept", "application/vnd.pypi.simple.v1+json"}}
        ).status,
        200
    ) << "the other form has another tag";
}

TEST_F(RouterTest, RefusesTypesItDoesNotHave) {
    const HttpReply reply = ask("/simple/wheel/", {{"Accept", "application/json"}});
    EXPECT_EQ(reply.status, 406);
    EXPECT_THAT(*reply.head, HasSubstr("Vary: Accept"));
    EXPECT_THAT(body(reply), HasSubstr("application/vnd.pypi.simple.v1+json"));
    EXPECT_EQ(ask("/simple/", {{"Accept", "application/json"}}).status, 406);
    EXPECT_EQ(ask("/simple/wheel/?format=%zz").status, 400);
}

TEST_F(RouterTest, RedirectsOtherSpellingsRelatively) {
    const std::pair<const char*, const char*> cases[] = {
        {"/simple/wheel", "wheel/"},
        {"/simple/Wheel", "wheel/"},
        {"/simple/WHEEL/", "../wheel/"},
        {"/simple/zope.interface/?a=b", "../zope-interface/?a=b"},
        {"/simple/Zope__Interface", "zope-interface/"},
        {"/simple", "simple/"},
        {"/", "simple/"},
        {"/serversig/Wheel", "wheel"},
        {"/serversig/Zope.Interface.json", "zope-interface.json"},
        {"/serversig/Wheel/", "../wheel"},
    };
    for (const auto& [path, location] : cases) {
        const HttpReply reply = ask(path);
        EXPECT_EQ(reply.status, 301) << path;
        EXPECT_THAT(*reply.head, HasSubstr(std::string("Location: ") + location + "\r\n")) << path;
    }
}

TEST_F(RouterTest, ListsItsProjects) {
    const HttpReply json = ask("/simple/", {{"Accept", "application/vnd.pypi.simple.v1+json"}});
    EXPECT_EQ(json.status, 200);
    const auto list = verify::parse_root_json(body(json));
    ASSERT_TRUE(list) << list.error().describe();
    EXPECT_EQ(list->serial.value, 4U);
    ASSERT_EQ(list->projects.size(), 1U);
    EXPECT_EQ(list->projects[0].name.text(), "wheel");
    EXPECT_THAT(body(ask("/simple/")), HasSubstr("wheel/"));
    EXPECT_THAT(*json.head, HasSubstr("X-PyPI-Last-Serial: 4\r\n"));
}

TEST_F(RouterTest, ServesSignaturesOfBothFormsAsBytes) {
    EXPECT_EQ(body(ask("/serversig/wheel")), "html signature");
    EXPECT_EQ(body(ask("/serversig/wheel/")), "html signature");
    const HttpReply json = ask("/serversig/wheel.json");
    EXPECT_EQ(body(json), "json signature");
    EXPECT_THAT(*json.head, HasSubstr("Content-Type: application/octet-stream\r\n"));
    EXPECT_EQ(ask("/serversig/unknown").status, 404);
}

TEST_F(RouterTest, ServesFilesByContentAndName) {
    const HttpReply reply = ask(wheel_path().absolute());
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(body(reply), wheel_content);
    EXPECT_THAT(*reply.head, HasSubstr("Cache-Control: public, max-age=31536000, immutable\r\n"));
    EXPECT_THAT(*reply.head, HasSubstr("Accept-Ranges: bytes\r\n"));
    EXPECT_THAT(*reply.head, HasSubstr("ETag: " + etag_of(wheel_path().digest())));
    const HttpReply metadata = ask(wheel_path().absolute() + ".metadata");
    EXPECT_EQ(body(metadata), wheel_metadata);
    EXPECT_THAT(*metadata.head, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"));
}

TEST_F(RouterTest, ServesPartsOfFiles) {
    const std::string path = wheel_path().absolute();
    const HttpReply part = ask(path, {{"Range", "bytes=4-9"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(body(part), wheel_content.substr(4, 6));
    EXPECT_THAT(
        *part.head,
        HasSubstr("Content-Range: bytes 4-9/" + std::to_string(wheel_content.size()) + "\r\n")
    );
    const HttpReply behind = ask(path, {{"Range", "bytes=9999-"}});
    EXPECT_EQ(behind.status, 416);
    EXPECT_THAT(
        *behind.head,
        HasSubstr("Content-Range: bytes */" + std::to_string(wheel_content.size()) + "\r\n")
    );
}

TEST_F(RouterTest, ServesNoBlobThatIsNotPublished) {
    const std::string loose = "a blob without a record";
    test::put_blob(m_blobs, loose);
    const verify::FilePath path(pki::sha256(bytes_of(loose)), wheel_path().name());
    EXPECT_EQ(ask(path.absolute()).status, 404);
    const verify::FilePath renamed(
        wheel_path().digest(), test::sure(verify::parse_dist_file_name("wheel-0.2.tar.gz"))
    );
    EXPECT_EQ(ask(renamed.absolute()).status, 404) << "the name is part of the place";
}

TEST_F(RouterTest, SendsClientsElsewhereWhenAPageIsDamaged) {
    const auto wheel = test::sure(verify::parse_project_name("wheel"));
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        auto page = test::sure(m_catalog.page(wheel, form));
        page.body.back() ^= std::byte{1};
        const auto change = test::sure(m_catalog.begin());
        test::sure(change->put_page(wheel, form, page));
        test::sure(change->commit());
    }
    EXPECT_EQ(ask("/simple/wheel/").status, 503);
    EXPECT_EQ(ask("/pypi/wheel/json").status, 503);
    EXPECT_THAT(m_events.names, testing::ElementsAre("serve.failed", "serve.failed"));
    EXPECT_EQ(ask("/serversig/wheel").status, 200) << "of what was published";
}

TEST_F(RouterTest, SendsClientsElsewhereWhenABlobIsDamaged) {
    m_blobs.plant(wheel_path().digest(), bytes_of("short"));
    const HttpReply damaged = ask(wheel_path().absolute());
    EXPECT_EQ(damaged.status, 503);
    EXPECT_THAT(body(damaged), Not(HasSubstr(wheel_path().digest().to_hex())));
    EXPECT_THAT(m_events.names, testing::ElementsAre("serve.failed"));
    test::sure(m_blobs.remove(wheel_path().digest()));
    EXPECT_EQ(ask(wheel_path().absolute()).status, 503) << "missing is not absent";
    test::put_blob(m_blobs, wheel_content);
    EXPECT_EQ(body(ask(wheel_path().absolute())), wheel_content) << "a repair is served at once";
}

TEST_F(RouterTest, GivesOutTheServerKeyOnAMasterOnly) {
    EXPECT_EQ(body(ask("/serverkey")), "the key");
    EXPECT_THAT(*ask("/serverkey.crt").head, HasSubstr("Content-Type: application/x-pem-file\r\n"));
    EXPECT_EQ(ask("/serverkey.crl").status, 404) << "none stored";
    ReadView mirror{m_catalog, m_blobs, MirrorRole::mirror, m_cache, 0};
    HttpRequest request;
    request.path = "/serverkey";
    EXPECT_EQ(answer_request(request, mirror, m_events).status, 404);
    request.path = "/serverkey.crt";
    EXPECT_EQ(body(answer_request(request, mirror, m_events)), "the chain");
}

TEST_F(RouterTest, ServesTheChangelog) {
    const HttpReply reply = ask("/changelog?since=3&limit=5");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(*reply.head, HasSubstr("Content-Type: application/json\r\n"));
    const auto page = parse_changelog(body(reply));
    ASSERT_TRUE(page) << page.error().describe();
    EXPECT_EQ(page->last_serial.value, 4U);
    ASSERT_EQ(page->events.size(), 1U);
    EXPECT_EQ(page->events[0].serial.value, 4U);
    const auto nothing = parse_changelog(body(ask("/changelog?since=4")));
    ASSERT_TRUE(nothing);
    EXPECT_TRUE(nothing->events.empty());
    for (const char* query :
         {"since=-1",
          "since=x",
          "since=",
          "since=1&limit=0",
          "limit=99999999999999999999",
          "since=9007199254740992",
          "since=%zz",
          "since=1%00"}) {
        EXPECT_EQ(ask(std::string("/changelog?") + query).status, 400) << query;
    }
}

TEST_F(RouterTest, TellsAFollowerFromBeforeTheCheckpointWhatToDo) {
    const auto change = test::sure(m_catalog.begin());
    EXPECT_EQ(test::sure(change->condense_journal({4})), 0U);
    test::sure(change->commit());
    EXPECT_EQ(ask("/changelog?since=4").status, 200);
    for (const char* query : {"?since=3", "?since=0&wait=30", ""}) {
        const HttpReply reply = ask(std::string("/changelog") + query);
        EXPECT_EQ(reply.status, 410) << query;
        EXPECT_THAT(*reply.head, HasSubstr("Content-Type: application/problem+json\r\n"));
        const auto problem = parse_json(body(reply), {});
        ASSERT_TRUE(problem) << problem.error().describe();
        EXPECT_EQ(problem->integer_member("status").value(), 410);
        EXPECT_EQ(problem->integer_member("oldest-serial").value(), 4);
        EXPECT_EQ(problem->integer_member("last-serial").value(), 4);
        EXPECT_THAT(problem->text_member("detail").value(), HasSubstr("simple/"));
    }
}

TEST_F(RouterTest, TellsWhenItWasLastModified) {
    EXPECT_EQ(body(ask("/last-modified")), "20260102T03:04:05\n");
    MemoryCatalog empty;
    ReadView view{empty, m_blobs, MirrorRole::mirror, m_cache, 0};
    HttpRequest request;
    request.path = "/last-modified";
    EXPECT_EQ(answer_request(request, view, m_events).status, 404);
}

TEST_F(RouterTest, ShowsACommitAtOnce) {
    EXPECT_EQ(body(ask("/simple/wheel/")), html_page);
    const auto wheel = test::sure(verify::parse_project_name("wheel"));
    auto change = test::sure(m_catalog.begin());
    test::sure(
        change->put_page(wheel, verify::PageForm::html, test::stored("new page", "new signature"))
    );
    test::sure(change->commit());
    EXPECT_EQ(body(ask("/simple/wheel/")), "new page");
    EXPECT_EQ(body(ask("/serversig/wheel")), "new signature");
    change = test::sure(m_catalog.begin());
    test::sure(change->remove_project(wheel));
    test::sure(change->commit());
    EXPECT_EQ(ask("/simple/wheel/").status, 404);
    EXPECT_EQ(ask(wheel_path().absolute()).status, 404);
}

TEST_F(RouterTest, AnswersHeadLikeGetAndRefusesOtherMethods) {
    EXPECT_EQ(body(ask_with(Method::head, "/simple/wheel/")), html_page);
    for (const Method method : {Method::post, Method::other}) {
        const HttpReply reply = ask_with(method, "/simple/wheel/");
        EXPECT_EQ(reply.status, 405);
        EXPECT_THAT(*reply.head, HasSubstr("Allow: GET, HEAD\r\n"));
    }
}

TEST_F(RouterTest, FindsNothingUnderHostileNames) {
    const std::string digest = wheel_path().digest().to_hex();
    const std::string folder =
        "/packages/" + digest.substr(0, 2) + "/" + digest.substr(2, 2) + "/" + digest.substr(4);
    const std::string paths[] = {
        "/simple/%ff",
        "/simple/-/",
        "/simple/a%20b/",
        "/simple//",
        "/simple/wheel//",
        "/simple/wheel/x",
        "/simple/con%3A/",
        "/simple/" + std::string(5000, 'a') + "/",
        "/simple/wh%D0%B5el/",
        "/serversig/",
        "/serversig//",
        "/serversig/.json",
        "/serversig/a/b",
        "/packages/",
        "/packages/aa/bb/cc/x.whl",
        folder + "/",
        folder + "/wheel.exe",
        folder + "//wheel-0.1-py3-none-any.whl",
        folder + "/wheel-0.1-py3-none-any.whl/",
        folder + "/wheel-0.1-py3-none-any.whl.metadata.metadata",
        folder + "/.metadata",
        folder + "/CON",
        "/PACKAGES/aa",
        "/mirror.json",
        "/catalog.db",
        "/keys/signer.pem",
        "/blobs/" + digest.substr(0, 2) + "/" + digest,
        "/trust.json",
        "/simple.json",
        "/serverkey/",
        "/changelog/",
    };
    for (const std::string& path : paths) {
        if (!decode_path(path)) {
            continue;  // Refused before a route sees it.
        }
        const HttpReply reply = ask(path);
        EXPECT_EQ(reply.status, 404) << path;
        EXPECT_THAT(*reply.head, HasSubstr("text/plain")) << path;
        EXPECT_THAT(body(reply), Not(HasSubstr(path.substr(1)))) << "echoes nothing back";
    }
    EXPECT_TRUE(m_events.names.empty());
}

// A whole project of the real renderers, with metadata and provenance.
class LegacyRouteTest : public RouterTest {
  protected:
    LegacyRouteTest() {
        test::put_blob(m_blobs, provenance);
        verify::ProjectPage page{
            .name = test::sure(verify::parse_normalised_name("my-wheel")),
            .serial = {7},
            .files = {}};
        const auto name = test::sure(verify::parse_dist_file_name("my_wheel-0.1-py3-none-any.whl"));
        page.files.push_back(
            {.name = name,
             .sha256 = pki::sha256(bytes_of(wheel_content)),
             .size_bytes = wheel_content.size(),
             .upload_time = Instant(std::chrono::seconds(1'767'323'045)),
             .requires_python = std::nullopt,
             .yanked = std::nullopt,
             .core_metadata = pki::sha256(bytes_of(wheel_metadata)),
             .provenance = pki::sha256(bytes_of(provenance))}
        );
        const auto change = test::sure(m_catalog.begin());
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            auto stored = test::stored(verify::render_page(page, form), "signature");
            stored.serial = page.serial;
            test::sure(change->put_page(page.name, form, stored));
        }
        FileRecord record{page.files[0].path(), wheel_content.size(), std::nullopt, std::nullopt};
        record.provenance = MetadataRecord{*page.files[0].provenance, provenance.size()};
        test::sure(change->put_file(record));
        test::sure(change->commit());
    }

    const std::string provenance = R"({"version":1})";
};

TEST_F(LegacyRouteTest, ServesTheOlderDocumentWithTheProjectsSerial) {
    const HttpReply reply = ask("/pypi/my-wheel/json");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(*reply.head, HasSubstr("X-PyPI-Last-Serial: 7\r\n"));
    EXPECT_THAT(*reply.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(body(reply), HasSubstr(R"("last_serial":7)"));
    EXPECT_THAT(body(reply), HasSubstr(R"("releases":{"0.1":[{)"));
    EXPECT_EQ(ask("/pypi/my-wheel/0.1/json").status, 200);
    EXPECT_EQ(ask("/pypi/my-wheel/0.2/json").status, 404);
    EXPECT_EQ(ask("/pypi/none/json").status, 404);
    EXPECT_EQ(ask("/pypi/my-wheel/x/y/json").status, 404);
    EXPECT_EQ(ask("/pypi/my-wheel").status, 404);
    const HttpReply other = ask("/pypi/My.Wheel/json");
    EXPECT_EQ(other.status, 301);
    EXPECT_THAT(*other.head, HasSubstr("Location: ../my-wheel/json\r\n"));
    EXPECT_THAT(
        *ask("/pypi/My.Wheel/0.1/json").head, HasSubstr("Location: ../../my-wheel/0.1/json\r\n")
    );
}

// A source archive whose metadata nobody may install by.
TEST_F(LegacyRouteTest, TellsPeopleOfASourceArchiveWhatItSaysOfItself) {
    verify::ProjectPage page{
        .name = test::sure(verify::parse_normalised_name("other")), .serial = {8}, .files = {}};
    page.files.push_back(
        {.name = test::sure(verify::parse_dist_file_name("other-1.0.tar.gz")),
         .sha256 = pki::sha256(bytes_of("archive")),
         .size_bytes = 7,
         .upload_time = std::nullopt,
         .requires_python = std::nullopt,
         .yanked = std::nullopt,
         .core_metadata = std::nullopt}
    );
    const auto change = test::sure(m_catalog.begin());
    auto stored = test::stored(verify::render_page(page, verify::PageForm::json), "signature");
    stored.serial = page.serial;
    test::sure(change->put_page(page.name, verify::PageForm::json, stored));
    FileRecord record{page.files[0].path(), 7, std::nullopt, std::nullopt};
    record.about = "Metadata-Version: 2.1\nName: Other\nVersion: 1.0\nSummary: of \"itself\"";
    test::sure(change->put_file(record));
    test::sure(change->commit());
    EXPECT_THAT(body(ask("/pypi/other/json")), HasSubstr(R"("summary":"of \"itself\"")"));
    EXPECT_THAT(body(ask("/pypi/other/json")), HasSubstr(R"("name":"Other")"));
    EXPECT_EQ(ask(page.files[0].path().absolute() + ".metadata").status, 404);
}

TEST_F(LegacyRouteTest, IsMadeOnceForEachStateOfItsPage) {
    EXPECT_EQ(ask("/pypi/my-wheel/json").status, 200);
    const auto page = m_view.last_page;
    const auto change = test::sure(m_catalog.begin());
    test::sure(change->set_last_serial(verify::Serial{8}));
    test::sure(change->commit());
    EXPECT_EQ(ask("/pypi/my-wheel/json").status, 200);
    EXPECT_EQ(m_view.last_page, page) << "another project's change makes nothing anew";
}

TEST_F(LegacyRouteTest, HasOneAnswerForAllSpellingsOfARelease) {
    for (const std::string spelling : {"00.1", "v0.1", "0.1.0", "0!0.1", "0.1.0.0"}) {
        const HttpReply reply = ask("/pypi/my-wheel/" + spelling + "/json");
        EXPECT_EQ(reply.status, 301) << spelling;
        EXPECT_THAT(*reply.head, HasSubstr("Location: ../../my-wheel/0.1/json\r\n")) << spelling;
    }
    EXPECT_EQ(m_cache.size_bytes(), 0U);
    EXPECT_EQ(ask("/pypi/my-wheel/0.1/json").status, 200);
    EXPECT_THAT(
        *ask("/pypi/My.Wheel/v0.1/json").head, HasSubstr("Location: ../../my-wheel/0.1/json\r\n")
    );
}

TEST_F(LegacyRouteTest, ParsesAPageOnceForManyReleases) {
    EXPECT_EQ(ask("/pypi/my-wheel/0.2/json").status, 404);
    const auto first = m_view.last_page;
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(ask("/pypi/my-wheel/0.3/json").status, 404);
    EXPECT_EQ(ask("/pypi/my-wheel/0.1/json").status, 200);
    EXPECT_EQ(m_view.last_page, first);
    const auto change = test::sure(m_catalog.begin());
    test::sure(change->set_last_serial(verify::Serial{8}));
    test::sure(change->commit());
    EXPECT_EQ(ask("/pypi/my-wheel/0.3/json").status, 404);
    EXPECT_NE(m_view.last_page, first);
}

// Missing metadata is damage of this folder; a follower must not take it for a removed project.
TEST_F(LegacyRouteTest, DoesNotSayThatAProjectIsGoneWhoseMetadataIsMissing) {
    test::sure(m_blobs.remove(pki::sha256(bytes_of(wheel_metadata))));
    for (const auto* path : {"/pypi/my-wheel/json", "/pypi/my-wheel/0.1/json"}) {
        EXPECT_EQ(ask(path).status, 503) << path;
    }
    EXPECT_EQ(m_events.names.size(), 2U);
}

TEST_F(LegacyRouteTest, ServesProvenanceByTheOnePlaceThatPagesLink) {
    const std::string place = "/integrity/my-wheel/0.1/my_wheel-0.1-py3-none-any.whl/provenance";
    const HttpReply reply = ask(place);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(body(reply), provenance);
    EXPECT_THAT(*reply.head, HasSubstr("Content-Type: application/vnd.pypi.integrity.v1+json\r\n"));
    const HttpReply json = ask(place, {{"Accept", "application/json"}});
    EXPECT_THAT(*json.head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_EQ(ask(place, {{"Accept", "text/html"}}).status, 406);
    for (const char* other :
         {"/integrity/wheel/0.1/wheel-0.1-py3-none-any.whl/provenance",
          "/integrity/my-wheel/0.2/my_wheel-0.1-py3-none-any.whl/provenance",
          "/integrity/My-Wheel/0.1/my_wheel-0.1-py3-none-any.whl/provenance",
          "/integrity/my-wheel/0.1/my_wheel-0.1-py3-none-any.whl",
          "/integrity/"}) {
        EXPECT_EQ(ask(other).status, 404) << other;
    }
}

TEST_F(RouterTest, TellsWhyAFilterLeftAFileOutWithAllThatBelongsToIt) {
    const auto name = test::sure(verify::parse_dist_file_name("wheel-0.2.tar.gz"));
    const verify::FilePath path(pki::sha256(bytes_of("content")), name);
    const auto change = test::sure(m_catalog.begin());
    const std::vector<LeftOutFile> files{{.path = path, .reason = LeaveReason::age}};
    test::sure(change->put_left_out(name.project(), files));
    test::sure(change->commit());
    for (const std::string& place :
         {path.absolute(),
          path.absolute() + ".metadata",
          std::string("/integrity/wheel/0.2/wheel-0.2.tar.gz/provenance")}) {
        const HttpReply reply = ask(place);
        EXPECT_EQ(reply.status, 404) << place;
        EXPECT_THAT(*reply.head, HasSubstr("X-Left-Out: age\r\n")) << place;
    }
}

TEST_F(RouterTest, ServesStatisticsThatLieInTheFolder) {
    EXPECT_EQ(body(ask("/local-stats/days/")).find(".bz2"), std::string::npos) << "none yet";
    const test::TempFolder folder;
    m_view.folder = folder.path();
    std::filesystem::create_directories(folder / "local-stats" / "days");
    std::ofstream(folder / "local-stats" / "days" / "2026-01-02.bz2") << "a day";
    std::ofstream(folder / "local-stats" / "days" / "other") << "no day";
    std::ofstream(folder / "mirrors.txt") << "https://b.example/\n";
    EXPECT_THAT(body(ask("/local-stats/")), HasSubstr("href=\"days/\""));
    EXPECT_THAT(body(ask("/local-stats/days/")), HasSubstr("href=\"2026-01-02.bz2\""));
    EXPECT_THAT(body(ask("/local-stats/days/")), Not(HasSubstr("other")));
    const HttpReply day = ask("/local-stats/days/2026-01-02.bz2");
    EXPECT_EQ(body(day), "a day");
    EXPECT_TRUE(std::holds_alternative<FileBody>(day.body)) << "not read to be answered";
    const std::size_t etag = day.head->find("ETag: ") + 6;
    const Fields known{
        {"If-None-Match", day.head->substr(etag, day.head->find("\r", etag) - etag)}};
    EXPECT_EQ(ask("/local-stats/days/2026-01-02.bz2", known).status, 304);
    std::ofstream(folder / "local-stats" / "days" / "2026-01-02.bz2") << "another";
    EXPECT_EQ(body(ask("/local-stats/days/2026-01-02.bz2", known)), "another");
    std::filesystem::create_directory(folder / "local-stats" / "days" / "2026-01-04.bz2");
    EXPECT_EQ(ask("/local-stats/days/2026-01-04.bz2").status, 503);
    EXPECT_EQ(ask("/local-stats/days/2026-01-03.bz2").status, 404);
    EXPECT_EQ(ask("/local-stats/days/other").status, 404);
    EXPECT_EQ(ask("/local-stats/other/").status, 404);
    EXPECT_EQ(ask("/local-stats").status, 301);
    EXPECT_THAT(body(ask("/stats/")), HasSubstr("href=\"months/\""));
    EXPECT_EQ(body(ask("/mirrors")), "https://b.example/\n");
    EXPECT_EQ(ask("/daytime").status, 404) << "a view without a clock";
    const SystemClock clock;
    m_view.clock = &clock;
    EXPECT_TRUE(parse_last_modified(body(ask("/daytime"))));
}

}  // namespace
}  // namespace heliograph::mirror
