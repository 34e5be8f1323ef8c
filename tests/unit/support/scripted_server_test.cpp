// SPDX-License-Identifier: Apache-2.0
#include <tests/support/plain_client.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/test_authority.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>

namespace heliograph::test_support {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string get(const ScriptedServer& server, const std::string& target) {
    return plain_exchange(server.url(), "GET " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n");
}

TEST(ScriptedServer, GivesExactlyTheScriptedBody) {
    ScriptedServer server;
    server.on("/page", ok(std::string("a\0b", 3), "text/html"));
    const Reply reply = plain_get(server.url(), "/page?query=ignored");
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, std::string("a\0b", 3));
    EXPECT_EQ(plain_get(server.url(), "/other").status, 404);
}

TEST(ScriptedServer, AnswersInTurnAndRepeatsTheLast) {
    ScriptedServer server;
    server.on("/", {status(500), status(429, {{"Retry-After", "3"}}), ok("good")});
    EXPECT_EQ(plain_get(server.url(), "/").status, 500);
    EXPECT_EQ(plain_get(server.url(), "/").headers.front().second, "3");
    EXPECT_EQ(plain_get(server.url(), "/").body, "good");
    EXPECT_EQ(plain_get(server.url(), "/").body, "good");
    EXPECT_EQ(server.count("/"), 4U);
}

TEST(ScriptedServer, ServesSeveralRequestsOnOneConnection) {
    ScriptedServer server;
    server.on("/1", ok("one"));
    server.on("/2", ok("two"));
    const std::string all = plain_exchange(
        server.url(), "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n"
    );
    EXPECT_THAT(all, HasSubstr("\r\n\r\noneHTTP/1.1 200"));
    EXPECT_THAT(all, EndsWith("two"));
    EXPECT_EQ(server.connections(), 1U);
}

TEST(ScriptedServer, RecordsWhatTheClientAsked) {
    ScriptedServer server;
    (void)plain_get(server.url(), "/a?b=c", {{"If-None-Match", "\"x\""}});
    ASSERT_EQ(server.requests().size(), 1U);
    EXPECT_EQ(server.requests().front().target, "/a?b=c");
    EXPECT_EQ(server.requests().front().header("if-none-match"), "\"x\"");
}

TEST(ScriptedServer, TruncatesAfterTheBytesAskedFor) {
    ScriptedServer server;
    Reply reply = ok("0123456789");
    reply.act = Misbehaviour::close;
    reply.act_after = 4;
    server.on("/", reply);
    const std::string all = get(server, "/");
    EXPECT_THAT(all, HasSubstr("Content-Length: 10\r\n"));
    EXPECT_THAT(all, EndsWith("\r\n\r\n0123"));
}

TEST(ScriptedServer, LiesAboutTheLength) {
    ScriptedServer server;
    Reply reply = ok("0123456789");
    reply.claimed_length = 7;
    server.on("/", reply);
    EXPECT_THAT(get(server, "/"), HasSubstr("Content-Length: 7\r\n"));
    EXPECT_THAT(get(server, "/"), EndsWith("0123456789"));
}

TEST(ScriptedServer, ResetsTheConnection) {
    ScriptedServer server;
    Reply reply = ok("0123456789");
    reply.act = Misbehaviour::reset;
    server.on("/", reply);
    EXPECT_THROW((void)plain_get(server.url(), "/"), std::runtime_error);
    ScriptedServer rude(Greeting::reset);
    EXPECT_THROW((void)plain_get(rude.url(), "/"), std::runtime_error);
}

TEST(ScriptedServer, SendsExactBytesOnRequest) {
    ScriptedServer server;
    Reply reply;
    reply.raw = "HTTP/9.9 what\r\n\r\n";
    server.on("/", reply);
    EXPECT_EQ(get(server, "/"), reply.raw);
}

TEST(ScriptedServer, StopsWhileClientsAreStalledDrippedAndFlooded) {
    for (const Misbehaviour act :
         {Misbehaviour::black_hole,
          Misbehaviour::stall,
          Misbehaviour::drip,
          Misbehaviour::endless,
          Misbehaviour::endless_head}) {
        auto server = std::make_unique<ScriptedServer>();
        Reply reply = ok("0123456789");
        reply.act = act;
        server->on("/", reply);
        std::thread client([url = server->url()] {
            try {
                (void)plain_exchange(url, "GET / HTTP/1.1\r\n\r\n");
            } catch (const std::runtime_error&) {
            }
        });
        while (server->count("/") == 0) {
            std::this_thread::yield();
        }
        server.reset();
        client.join();
    }
}

TEST(ScriptedServer, SpeaksTls) {
    const TestAuthority authority;
    ScriptedServer server(Greeting::tls, authority.issue());
    server.on("/", ok("secret"));
    EXPECT_THAT(server.url(), StartsWith("https://127.0.0.1:"));
    EXPECT_EQ(plain_get(server.url(), "/").body, "secret");
}

TEST(ScriptedServer, RefusesTlsInTwoWays) {
    for (const Greeting greeting : {Greeting::tls_refused, Greeting::plain_on_tls}) {
        ScriptedServer server(greeting);
        EXPECT_THROW((void)plain_get(server.url(), "/"), std::runtime_error);
        EXPECT_EQ(server.requests().size(), 0U);
    }
}

TEST(ClosedPort, RefusesConnections) {
    const ClosedPort port;
    EXPECT_THROW((void)plain_get(port.url(), "/"), std::runtime_error);
}

}  // namespace
}  // namespace heliograph::test_support
