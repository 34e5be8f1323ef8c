// SPDX-License-Identifier: Apache-2.0
// Our client against servers that lie, stall and break off (threats T7, T8, T9, T13).
#include <mirror/net/curl_transport.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/unit/mirror/net/tls_fixture.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using test::must;
using test_support::Greeting;
using test_support::LeafRequest;
using test_support::Lifetime;
using test_support::Misbehaviour;
using test_support::Purpose;
using test_support::Reply;
using test_support::ScriptedServer;
using test_support::TestAuthority;
using testing::HasSubstr;

constexpr std::uint64_t limit = 1000;

class CurlTransportTest : public testing::Test {
  protected:
    static HttpGet get(const std::string& url) {
        HttpGet request{must(Url::parse(url)), limit};
        request.timeouts.first_byte = milliseconds(300);
        request.timeouts.silence = milliseconds(300);
        request.timeouts.connect = milliseconds(2000);
        return request;
    }

    HttpGet get_trusting(const std::string& url, const TestAuthority& authority) {
        HttpGet request = get(url);
        request.trust = test::client_trusting(authority);
        return request;
    }

    ErrorCode failure(const HttpGet& request, const std::string& told) {
        const auto document = fetch_document(*m_transport, request);
        if (document) {
            ADD_FAILURE() << "status " << document->response.status;
            return ErrorCode::internal;
        }
        EXPECT_THAT(document.error().message(), HasSubstr(told));
        EXPECT_THAT(document.error().message(), HasSubstr("127.0.0.1"));
        return document.error().code();
    }

    std::unique_ptr<CurlTransport> m_transport = must(CurlTransport::open(user_agent()));
};

TEST_F(CurlTransportTest, AsksAsItIsTold) {
    ScriptedServer server;
    server.on("/a", test_support::ok("hello"));
    HttpGet request = get(server.url() + "a");
    request.accept = "application/vnd.pypi.simple.v1+json";
    request.if_none_match = "\"abc\"";
    const auto document = fetch_document(*m_transport, request);
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(document->response.status, 200);
    EXPECT_EQ(text_of(document->body), "hello");
    EXPECT_EQ(document->response.body_bytes, 5U);
    EXPECT_EQ(document->response.headers.find("content-type"), "application/octet-stream");
    const auto asked = server.requests().at(0);
    EXPECT_EQ(asked.header("Accept"), "application/vnd.pypi.simple.v1+json");
    EXPECT_EQ(asked.header("If-None-Match"), "\"abc\"");
    EXPECT_THAT(asked.header("User-Agent"), HasSubstr("heliograph/"));
    EXPECT_EQ(asked.header("Accept-Encoding"), "");
    EXPECT_EQ(asked.header("Cookie"), "");
}

TEST_F(CurlTransportTest, GivesEveryStatusToItsCaller) {
    ScriptedServer server;
    for (const int code : {204, 304, 404, 410, 429, 500, 503}) {
        server.on("/x", test_support::status(code, {{"Retry-After", "7"}}));
        const auto document = fetch_document(*m_transport, get(server.url() + "x"));
        ASSERT_TRUE(document) << code << ": " << document.error().describe();
        EXPECT_EQ(document->response.status, code);
        EXPECT_TRUE(document->body.empty()) << code;
    }
}

TEST_F(CurlTransportTest, DropsTheEndlessBodyOfAnError) {
    ScriptedServer server;
    Reply reply = test_support::status(500);
    reply.body = std::string(4096, 'x');
    reply.act = Misbehaviour::endless;
    server.on("/x", reply);
    const auto document = fetch_document(*m_transport, get(server.url() + "x"));
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(document->response.status, 500);
}

TEST_F(CurlTransportTest, CutsAnEndlessBodyRightBehindTheLimit) {
    ScriptedServer server;
    Reply reply = test_support::ok(std::string(100, 'x'));
    reply.act = Misbehaviour::endless;
    server.on("/x", reply);
    std::uint64_t taken = 0;
    BodySink sink{{}, [&](ByteSpan piece) {
                      taken += piece.size();
                      return Outcome();
                  }};
    const auto response = m_transport->fetch(get(server.url() + "x"), sink);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::too_large);
    EXPECT_LE(taken, limit);
}

TEST_F(CurlTransportTest, TakesABodyOfExactlyTheLimitAndRefusesOneMore) {
    ScriptedServer server;
    server.on("/fits", test_support::ok(std::string(limit, 'x')));
    server.on("/over", test_support::ok(std::string(limit + 1, 'x')));
    EXPECT_TRUE(fetch_document(*m_transport, get(server.url() + "fits")));
    EXPECT_EQ(failure(get(server.url() + "over"), "1001"), ErrorCode::too_large);
}

TEST_F(CurlTransportTest, RefusesAStatedLengthOverTheLimitBeforeTheFirstByte) {
    ScriptedServer server;
    Reply reply = test_support::ok("x");
    reply.claimed_length = 1'000'000'000'000;
    reply.act = Misbehaviour::stall;
    server.on("/x", reply);
    EXPECT_EQ(failure(get(server.url() + "x"), "at most 1000"), ErrorCode::too_large);
}

TEST_F(CurlTransportTest, NoticesABodyCutShort) {
    ScriptedServer server;
    Reply reply = test_support::ok(std::string(500, 'x'));
    reply.act = Misbehaviour::close;
    reply.act_after = 200;
    server.on("/x", reply);
    EXPECT_EQ(failure(get(server.url() + "x"), "cut short after 200 bytes"), ErrorCode::network);
}

TEST_F(CurlTransportTest, RefusesAnEndlessHead) {
    ScriptedServer server;
    Reply reply = test_support::ok("x");
    reply.act = Misbehaviour::endless_head;
    server.on("/x", reply);
    EXPECT_EQ(failure(get(server.url() + "x"), "header"), ErrorCode::too_large);
}

TEST_F(CurlTransportTest, RefusesAContentCodingThatNobodyAskedFor) {
    ScriptedServer server;
    Reply reply = test_support::ok("\x1f\x8b");
    reply.headers.emplace_back("Content-Encoding", "gzip");
    server.on("/x", reply);
    EXPECT_EQ(failure(get(server.url() + "x"), "content coding"), ErrorCode::malformed);
}

TEST_F(CurlTransportTest, GivesUpOnSilenceInEachPhase) {
    ScriptedServer server;
    Reply hole = test_support::ok("x");
    hole.act = Misbehaviour::black_hole;
    server.on("/hole", hole);
    Reply stall = test_support::ok(std::string(500, 'x'));
    stall.act = Misbehaviour::stall;
    stall.act_after = 10;
    server.on("/stall", stall);
    EXPECT_EQ(failure(get(server.url() + "hole"), "first byte"), ErrorCode::timeout);
    EXPECT_EQ(failure(get(server.url() + "stall"), "silence"), ErrorCode::timeout);
}

TEST_F(CurlTransportTest, GivesUpOnADripByItsRate) {
    ScriptedServer server;
    Reply drip = test_support::ok(std::string(900, 'x'));
    drip.act = Misbehaviour::drip;
    drip.pause = milliseconds(20);
    server.on("/drip", drip);
    HttpGet request = get(server.url() + "drip");
    request.timeouts.rate_floor_bytes_per_second = 10'000;
    request.timeouts.rate_window = milliseconds(200);
    EXPECT_EQ(failure(request, "bytes a second"), ErrorCode::timeout);
}

TEST_F(CurlTransportTest, GivesUpOnAServerThatAcceptsAndSaysNothing) {
    const TestAuthority authority;
    ScriptedServer server(Greeting::silent);
    HttpGet request =
        get_trusting("https://127.0.0.1:" + std::to_string(server.port()) + "/", authority);
    request.timeouts.connect = milliseconds(300);
    EXPECT_EQ(failure(request, ""), ErrorCode::timeout);
}

TEST_F(CurlTransportTest, CallsOffWhenAskedFromAnotherThread) {
    ScriptedServer server;
    Reply stall = test_support::ok(std::string(500, 'x'));
    stall.act = Misbehaviour::stall;
    stall.act_after = 10;
    server.on("/stall", stall);
    std::stop_source source;
    HttpGet request = get(server.url() + "stall");
    request.timeouts.silence = std::chrono::seconds(60);
    request.stop = source.get_token();
    std::thread caller;
    BodySink sink{
        [&](const HttpResponse& head) {
            EXPECT_EQ(head.status, 200);
            caller = std::thread([&source] { source.request_stop(); });
            return Outcome();
        },
        {}};
    const auto response = m_transport->fetch(request, sink);
    caller.join();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::cancelled);
}

TEST_F(CurlTransportTest, PassesOnWhatTheSinkRefuses) {
    ScriptedServer server;
    server.on("/x", test_support::ok("hello"));
    BodySink sink{{}, [](ByteSpan) { return Outcome(Error(ErrorCode::io, "disk full")); }};
    const auto response = m_transport->fetch(get(server.url() + "x"), sink);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message(), "disk full");
}

TEST_F(CurlTransportTest, ReportsRefusedAndResetConnections) {
    const test_support::ClosedPort closed;
    const TestAuthority authority;
    EXPECT_EQ(failure(get_trusting(closed.url(), authority), "connect"), ErrorCode::network);
    ScriptedServer reset(Greeting::reset);
    const std::string url = "http://127.0.0.1:" + std::to_string(reset.port()) + "/";
    EXPECT_EQ(failure(get(url), ""), ErrorCode::network);
    ScriptedServer server;
    Reply reply = test_support::ok(std::string(500, 'x'));
    reply.act = Misbehaviour::reset;
    reply.act_after = 100;
    server.on("/x", reply);
    EXPECT_EQ(failure(get(server.url() + "x"), "HTTP answer"), ErrorCode::network);
}

TEST_F(CurlTransportTest, FollowsRedirectsInsideTheOriginOnly) {
    ScriptedServer other;
    other.on("/stolen", test_support::ok("stolen"));
    ScriptedServer server;
    server.on("/a", test_support::redirect("/b"));
    server.on("/b", test_support::ok("b"));
    server.on("/away", test_support::redirect(other.url() + "stolen"));
    server.on("/loop", test_support::redirect("/loop"));
    const auto inside = fetch_document(*m_transport, get(server.url() + "a"));
    ASSERT_TRUE(inside) << inside.error().describe();
    EXPECT_EQ(text_of(inside->body), "b");
    EXPECT_EQ(inside->response.url.path(), "/b");
    const auto away = fetch_document(*m_transport, get(server.url() + "away"));
    ASSERT_TRUE(away);
    EXPECT_EQ(away->response.status, 302);
    EXPECT_EQ(other.connections(), 0U);
    const auto loop = fetch_document(*m_transport, get(server.url() + "loop"));
    ASSERT_TRUE(loop);
    EXPECT_EQ(loop->response.status, 302);
    EXPECT_EQ(server.count("/loop"), 6U);
}

TEST_F(CurlTransportTest, ChecksTheRangeThatComes) {
    ScriptedServer server;
    Reply right = test_support::ok("world");
    right.status = 206;
    right.headers.emplace_back("Content-Range", "bytes 5-9/10");
    Reply wrong = right;
    wrong.headers.back().second = "bytes 0-4/10";
    server.on("/right", right);
    server.on("/wrong", wrong);
    HttpGet request = get(server.url() + "right");
    request.range_from_bytes = 5;
    request.if_range = "\"abc\"";
    const auto document = fetch_document(*m_transport, request);
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(document->response.status, 206);
    EXPECT_EQ(server.requests().at(0).header("Range"), "bytes=5-");
    EXPECT_EQ(server.requests().at(0).header("If-Range"), "\"abc\"");
    request.url = must(Url::parse(server.url() + "wrong"));
    EXPECT_EQ(failure(request, "another range"), ErrorCode::malformed);
    EXPECT_EQ(failure(get(server.url() + "right"), "another range"), ErrorCode::malformed);
}

TEST_F(CurlTransportTest, RefusesTheWrongServer) {
    const TestAuthority authority;
    const TestAuthority other("Other Root");
    const std::pair<const char*, test_support::TlsIdentity> cases[] = {
        {"another name", authority.issue(LeafRequest{.alternative_names = "DNS:other.example"})},
        {"no name", authority.issue(LeafRequest{.alternative_names = ""})},
        {"self-signed", TestAuthority::self_signed()},
        {"another authority", other.issue()},
        {"another purpose", authority.issue(LeafRequest{.purpose = Purpose::client})},
    };
    for (const auto& [what, identity] : cases) {
        ScriptedServer server(Greeting::tls, identity);
        server.on("/x", test_support::ok("hello"));
        const auto document =
            fetch_document(*m_transport, get_trusting(server.url() + "x", authority));
        ASSERT_FALSE(document) << what;
        EXPECT_EQ(document.error().code(), ErrorCode::network) << what;
        EXPECT_THAT(document.error().message(), HasSubstr("prove who it is")) << what;
        EXPECT_EQ(server.requests().size(), 0U) << what << ": nothing may be asked of it";
    }
}

TEST_F(CurlTransportTest, TellsTheWrongTimeFromTheWrongServer) {
    const TestAuthority authority;
    for (const Lifetime lifetime : {Lifetime::over, Lifetime::not_yet}) {
        ScriptedServer server(Greeting::tls, authority.issue(LeafRequest{.lifetime = lifetime}));
        server.on("/x", test_support::ok("hello"));
        const auto document =
            fetch_document(*m_transport, get_trusting(server.url() + "x", authority));
        ASSERT_FALSE(document);
        EXPECT_EQ(document.error().code(), ErrorCode::stale);
        EXPECT_TRUE(is_transport_failure(document.error())) << "another mirror may do better";
        EXPECT_THAT(document.error().message(), HasSubstr("prove who it is"));
        EXPECT_EQ(server.requests().size(), 0U) << "nothing may be asked of it";
    }
}

TEST_F(CurlTransportTest, TakesTheRightServer) {
    const TestAuthority authority;
    ScriptedServer server(Greeting::tls, authority.issue());
    server.on("/x", test_support::ok("hello"));
    const auto document = fetch_document(*m_transport, get_trusting(server.url() + "x", authority));
    ASSERT_TRUE(document) << document.error().describe();
    EXPECT_EQ(text_of(document->body), "hello");
}

TEST_F(CurlTransportTest, DoesNotTrustThroughAConnectionMadeUnderOtherRoots) {
    const TestAuthority authority;
    const TestAuthority other("Other Root");
    ScriptedServer server(Greeting::tls, authority.issue());
    server.on("/x", test_support::ok("hello"));
    EXPECT_TRUE(fetch_document(*m_transport, get_trusting(server.url() + "x", authority)));
    EXPECT_FALSE(fetch_document(*m_transport, get_trusting(server.url() + "x", other)));
}

TEST_F(CurlTransportTest, AsksNothingOverTlsWithoutTrust) {
    ScriptedServer server(Greeting::tls, TestAuthority::self_signed());
    EXPECT_EQ(failure(get(server.url()), "trust"), ErrorCode::invalid_argument);
    EXPECT_EQ(server.connections(), 0U);
}

TEST_F(CurlTransportTest, ReportsTlsThatIsNone) {
    const TestAuthority authority;
    for (const Greeting greeting : {Greeting::tls_refused, Greeting::plain_on_tls}) {
        ScriptedServer server(greeting, authority.issue());
        const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
        EXPECT_EQ(failure(get_trusting(url, authority), "TLS"), ErrorCode::network);
    }
}

}  // namespace
}  // namespace heliograph::mirror
