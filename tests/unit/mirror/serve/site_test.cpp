// SPDX-License-Identifier: Apache-2.0
// A folder on disk, served over a socket.
#include <mirror/net/curl_transport.hpp>
#include <mirror/serve/site.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace heliograph::mirror {
namespace {

class SiteTest : public testing::Test {
  protected:
    SiteTest()
        : m_folder(test::sure(MirrorFolder::init(m_temp / "site", {MirrorRole::master, {}}))),
          m_catalog(test::sure(m_folder.open_catalog())),
          m_blobs(m_folder.open_blobs()),
          m_transport(test::sure(CurlTransport::open(user_agent()))) {
        test::fill(*m_catalog, *m_blobs);
        SiteOptions options;
        options.server.clock = &m_clock;
        options.server.threads = 2;
        options.server.limits.streamed_body_bytes = 1'000'000;
        m_site = std::make_unique<Site>(test::sure(Site::open(m_folder, options)));
        m_thread = std::thread([this] { test::sure(m_site->run()); });
    }
    ~SiteTest() override {
        m_site->stop();
        m_thread.join();
    }

    HttpDocument get(const std::string& path, const std::string& etag = "") {
        HttpGet request{
            test::sure(Url::parse("http://127.0.0.1:" + std::to_string(m_site->port()) + path)),
            1'000'000};
        request.if_none_match = etag;
        return test::sure(fetch_document(*m_transport, request));
    }

    test::TempFolder m_temp;
    SystemClock m_clock;
    MirrorFolder m_folder;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<BlobStore> m_blobs;
    std::unique_ptr<CurlTransport> m_transport;
    std::unique_ptr<Site> m_site;
    std::thread m_thread;
};

TEST_F(SiteTest, ServesWhatTheFolderHolds) {
    EXPECT_EQ(text_of(get("/simple/wheel/").body), test::html_page);
    EXPECT_EQ(text_of(get("/serversig/wheel.json").body), "json signature");
    const HttpDocument file = get(test::wheel_path().absolute());
    EXPECT_EQ(file.response.status, 200);
    EXPECT_EQ(text_of(file.body), test::wheel_content);
    EXPECT_EQ(get("/simple/other/").response.status, 404);
    const HttpDocument moved = get("/simple/Wheel");
    EXPECT_EQ(moved.response.url.path(), "/simple/wheel/") << "followed";
}

TEST_F(SiteTest, CostsANotModifiedWhenNothingChanged) {
    const HttpDocument first = get("/simple/wheel/");
    const std::string etag(*first.response.headers.find("ETag"));
    const HttpDocument second = get("/simple/wheel/", etag);
    EXPECT_EQ(second.response.status, 304);
    EXPECT_TRUE(second.body.empty());
}

TEST_F(SiteTest, ShowsACommitOfAnotherConnectionAtOnce) {
    EXPECT_EQ(text_of(get("/simple/wheel/").body), test::html_page);
    const auto wheel = test::sure(verify::parse_project_name("wheel"));
    for (int i = 0; i < 20; ++i) {
        const std::string page = "page " + std::to_string(i);
        const auto change = test::sure(m_catalog->begin());
        test::sure(change->put_page(wheel, verify::PageForm::html, test::stored(page, "s")));
        test::sure(change->commit());
        ASSERT_EQ(text_of(get("/simple/wheel/").body), page);
    }
}

TEST_F(SiteTest, HoldsAChangelogUntilThereIsNews) {
    EXPECT_EQ(get("/changelog?since=4&wait=31").response.status, 400);
    EXPECT_NE(text_of(get("/changelog?since=3&wait=30").body).find("add-file"), std::string::npos);
    std::thread publisher([&] {
        const auto change = test::sure(m_catalog->begin());
        test::sure(change->append_event(
            {.serial = {5},
             .time = Instant(std::chrono::seconds(1'767'323'046)),
             .action = JournalAction::remove_project,
             .project = test::sure(verify::parse_project_name("wheel")),
             .filename = std::nullopt,
             .pages = std::nullopt}
        ));
        test::sure(change->set_last_serial({5}));
        test::sure(change->commit());
    });
    const HttpDocument news = get("/changelog?since=4&wait=30");
    publisher.join();
    EXPECT_NE(text_of(news.body).find("remove-project"), std::string::npos);
    const HttpDocument nothing = get("/changelog?since=5&wait=1");
    EXPECT_EQ(nothing.response.status, 200);
    EXPECT_NE(text_of(nothing.body).find("\"events\":[]"), std::string::npos);
}

TEST_F(SiteTest, AnswersCallsBesideItsLoops) {
    const std::string body =
        "<methodCall><methodName>changelog_last_serial</methodName></methodCall>";
    const std::string call =
        "POST /pypi HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body;
    test::RawClient client(m_site->port());
    for (int turn = 0; turn < 3; ++turn) {
        client.send(call);
        const auto reply = client.read_reply();
        EXPECT_THAT(reply, testing::StartsWith("HTTP/1.1 200 "));
        EXPECT_THAT(reply, testing::HasSubstr("<int>4</int>"));
    }
    client.send("GET /simple/wheel/ HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(client.read_reply(), testing::HasSubstr(std::string(test::html_page)))
        << "the connection goes on";
    // Calls whose clients left are passed over.
    for (int many = 0; many < 20; ++many) {
        test::RawClient(m_site->port()).send(call);
    }
    client.send(call);
    EXPECT_THAT(client.read_reply(), testing::StartsWith("HTTP/1.1 200 "));
}

TEST_F(SiteTest, LetsNobodyWaitWhoSendsABody) {
    const std::string head = "GET /changelog?since=4&wait=30 HTTP/1.1\r\nHost: a\r\n";
    for (const char* body :
         {"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n", "Content-Length: 1\r\n\r\nx"}) {
        test::RawClient client(m_site->port());
        client.send(head + body);
        EXPECT_THAT(client.read_reply(), testing::StartsWith("HTTP/1.1 200 ")) << body;
    }
}

TEST_F(SiteTest, RefusesAFolderWhoseCatalogueIsGone) {
    const test::TempFolder other;
    const auto folder = test::sure(MirrorFolder::init(other / "site", {MirrorRole::master, {}}));
    std::filesystem::remove(other / "site" / "catalog.db");
    std::filesystem::create_directory(other / "site" / "catalog.db");
    SiteOptions options;
    options.server.clock = &m_clock;
    EXPECT_FALSE(Site::open(folder, options));
}

}  // namespace
}  // namespace heliograph::mirror
