// SPDX-License-Identifier: Apache-2.0
// The server over TLS, against our own client and against one that shares no code with it.
#include <mirror/net/curl_transport.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/support/session_flood.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>
#include <tests/unit/mirror/net/running_server.hpp>
#include <tests/unit/mirror/net/tls_fixture.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using test::large_body;
using test::large_bytes;
using test::must;
using test::RawClient;
using test::RunningServer;
using test_support::LeafRequest;
using test_support::Purpose;
using test_support::SessionFlood;
using test_support::TestAuthority;
using testing::HasSubstr;

class HttpServerTls : public testing::Test {
  protected:
    ServerOptions options() const {
        ServerOptions made;
        made.tls = test::server_context(m_authority);
        return made;
    }

    ServerOptions options_asking_clients(pki::ClientCertificate demand) const {
        ServerOptions made;
        made.tls = test::server_context(
            m_authority, pki::ClientAuthentication{test::policy_of(m_authority), demand}
        );
        return made;
    }

    HttpGet get(const std::string& url, const pki::Credential* own = nullptr) const {
        HttpGet request{must(Url::parse(url)), large_bytes};
        request.trust = test::client_trusting(m_authority, own);
        return request;
    }

    TestAuthority m_authority;
    std::unique_ptr<CurlTransport> m_transport = must(CurlTransport::open(user_agent()));
};

TEST_F(HttpServerTls, SendsTwentyMebibytesUnchanged) {
    RunningServer server(options());
    const auto document = fetch_document(*m_transport, get(server.url("/large")));
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_TRUE(text_of(document->body) == large_body());
}

TEST_F(HttpServerTls, AgreesWithAnIndependentClient) {
    RunningServer server(options());
    for (const char* path : {"/hello", "/small", "/page", "/large"}) {
        const auto reply = test_support::plain_get(server.url("/"), path);
        const auto document = fetch_document(*m_transport, get(server.url(path)));
        ASSERT_TRUE(document) << document.error().describe();
        EXPECT_EQ(reply.status, 200);
        EXPECT_TRUE(reply.body == text_of(document->body)) << path;
    }
}

TEST_F(HttpServerTls, ServesManyConnectionsAtOnce) {
    ServerOptions made = options();
    made.threads = 2;
    RunningServer server(std::move(made));
    std::vector<std::thread> clients;
    std::atomic<int> right{0};
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&] {
            const auto transport = must(CurlTransport::open(user_agent()));
            const HttpGet request = get(server.url("/page"));
            for (int k = 0; k < 25; ++k) {
                const auto document = fetch_document(*transport, request);
                right += document && document->body.size() == 51200 ? 1 : 0;
            }
        });
    }
    for (std::thread& client : clients) {
        client.join();
    }
    EXPECT_EQ(right, 200);
}

TEST_F(HttpServerTls, KeepsTheClientsConnectionForItsNextRequest) {
    ServerOptions made = options();
    made.limits.connections_per_address = 1;
    RunningServer server(std::move(made));
    const HttpGet request = get(server.url("/hello"));
    for (int i = 0; i < 5; ++i) {
        const auto document = fetch_document(*m_transport, request);
        ASSERT_TRUE(document) << document.error().describe();
    }
    EXPECT_EQ(server.events().count("http.refused"), 0U);
}

TEST_F(HttpServerTls, KnowsTheClientByItsCertificate) {
    RunningServer server(options_asking_clients(pki::ClientCertificate::required));
    const pki::Credential own = test::credential_of(m_authority.issue(LeafRequest{
        Purpose::client, "mirror one", "URI:urn:heliograph:mirror:one", {}}));
    const auto document = fetch_document(*m_transport, get(server.url("/who"), &own));
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(text_of(document->body), "mirror one\n");
}

TEST_F(HttpServerTls, ServesClientsWithoutCertificateOnlyWhenOptional) {
    RunningServer strict(options_asking_clients(pki::ClientCertificate::required));
    EXPECT_FALSE(fetch_document(*m_transport, get(strict.url("/who"))));
    RunningServer open(options_asking_clients(pki::ClientCertificate::optional));
    const auto document = fetch_document(*m_transport, get(open.url("/who")));
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(text_of(document->body), "nobody\n");
}

TEST_F(HttpServerTls, RefusesAClientOfAnotherAuthority) {
    const TestAuthority other("Other Root");
    RunningServer server(options_asking_clients(pki::ClientCertificate::optional));
    const pki::Credential own = test::credential_of(other.issue(LeafRequest{
        Purpose::client, "stranger", "URI:urn:stranger", {}}));
    const auto document = fetch_document(*m_transport, get(server.url("/who"), &own));
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code(), ErrorCode::network);
}

TEST(CurlTransportTls, RefusesAServerWhoseCertificateIsRevoked) {
    using pki::test::sample_now;
    using pki::test::sure;
    pki::test::SampleChain chain;
    const test::FakeClock clock(sample_now);
    const pki::Credential own = sure(pki::Credential::combine(
        sure(pki::PrivateKey::parse_pem(chain.leaf_key.to_pem().expose())),
        {chain.leaf(pki::LeafKind::server), chain.intermediate}
    ));
    ServerOptions options;
    options.tls = sure(pki::ServerContext::make({.credential = own, .clock = clock}));
    RunningServer server(std::move(options));
    const auto asking = [&](const std::vector<pki::RevokedEntry>& revoked) {
        const pki::PeerPolicy policy{
            {chain.root},
            {chain.list_of_root(), chain.list_of_intermediate(revoked)},
            pki::RevocationPolicy::required};
        HttpGet request{must(Url::parse(server.url("/hello"))), 100};
        request.trust = sure(pki::ClientContext::make(
            {.policy = policy, .credential = nullptr, .alpn = {}, .clock = clock}
        ));
        return fetch_document(*must(CurlTransport::open(user_agent())), request);
    };
    const auto refused = asking({{own.leaf.serial_hex(), sample_now}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::network);
    EXPECT_THAT(refused.error().message(), HasSubstr("revoked"));
    const auto taken = asking({{"1234", sample_now}});
    ASSERT_TRUE(taken) << taken.error().describe();
    EXPECT_EQ(text_of(taken->body), "hello\n");
}

TEST_F(HttpServerTls, ClosesOnAHandshakeThatNeverEnds) {
    ServerOptions made = options();
    made.deadlines.handshake = milliseconds(100);
    RunningServer server(std::move(made));
    RawClient silent(server.port());
    RawClient slow(server.port());
    slow.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_EQ(slow.read_to_end(), "");
    EXPECT_FALSE(slow.timed_out());
}

TEST_F(HttpServerTls, ClosesOnPlainHttp) {
    RunningServer server(options());
    RawClient client(server.port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_to_end();
    EXPECT_FALSE(client.timed_out());
    EXPECT_TRUE(server.events().wait_for("http.handshake.failed"));
}

class HttpServerTlsFlood : public HttpServerTls,
                           public testing::WithParamInterface<SessionFlood::Version> {};

// So many that the answers to one read of them would fill the loop's buffer, were they taken.
TEST_P(HttpServerTlsFlood, EndsAClientThatFloodsItWithMessagesAboutTheSession) {
    RunningServer server(options());
    SessionFlood client(server.port(), GetParam());
    std::string flood = client.messages(9'400);
    flood += client.data("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
    static_cast<void>(client.send(flood));
    EXPECT_LT(client.read_to_end().size(), 50'000U);
    EXPECT_FALSE(client.timed_out());
    EXPECT_TRUE(fetch_document(*m_transport, get(server.url("/hello"))));
}

TEST_P(HttpServerTlsFlood, BearsAFewMessagesAboutTheSession) {
    RunningServer server(options());
    SessionFlood client(server.port(), GetParam());
    std::string few = client.messages(10);
    few += client.data("GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    ASSERT_TRUE(client.send(few));
    EXPECT_GT(client.read_to_end().size(), 50U * 1024U);
}

// The answers to the messages between the body's records are staged while the loop reads on.
TEST_P(HttpServerTlsFlood, SendsAnswersAboutOneSessionToNoOther) {
    ServerOptions made = options();
    made.limits.streamed_body_bytes = 1ULL << 30;
    RunningServer server(std::move(made));
    SessionFlood client(server.port(), GetParam());
    const std::string piece(256U * 1024U, 'x');
    std::string upload = client.data(
        "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(60 * piece.size()) +
        "\r\n\r\n"
    );
    for (int i = 0; i < 60; ++i) {
        upload += client.messages(1);
        upload += client.data(piece);
    }
    std::atomic<bool> sent{false};
    std::thread sender([&] {
        EXPECT_TRUE(client.send(upload));
        sent = true;
    });
    do {
        const auto document = fetch_document(*m_transport, get(server.url("/hello")));
        EXPECT_TRUE(document) << document.error().describe();
    } while (!sent);
    sender.join();
}

INSTANTIATE_TEST_SUITE_P(
    Versions,
    HttpServerTlsFlood,
    testing::Values(SessionFlood::Version::tls12, SessionFlood::Version::tls13),
    [](const auto& version) {
        return version.param == SessionFlood::Version::tls12 ? "Tls12" : "Tls13";
    }
);

TEST_F(HttpServerTls, FinishesAnswersUnderWayWhenItStops) {
    RunningServer server(options());
    HttpGet request = get(server.url("/large"));
    Bytes body;
    BodySink sink{{}, [&](ByteSpan piece) {
                      if (body.empty()) {
                          server.stop();
                      }
                      body.insert(body.end(), piece.begin(), piece.end());
                      return Outcome();
                  }};
    const auto response = m_transport->fetch(request, sink);
    ASSERT_TRUE(response) << response.error().describe();
    EXPECT_TRUE(text_of(body) == large_body());
    server.join();
}

}  // namespace
}  // namespace heliograph::mirror
