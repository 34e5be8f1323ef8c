// SPDX-License-Identifier: Apache-2.0
// The server over plain TCP, with honest and hostile clients (threat T18).
#include <mirror/net/http_server.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>
#include <tests/unit/mirror/net/running_server.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using test::large_body;
using test::large_bytes;
using test::RawClient;
using test::RunningServer;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string get(const std::string& path, const std::string& fields = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string body_of(const std::string& reply) {
    const auto end = reply.find("\r\n\r\n");
    return end == std::string::npos ? "" : reply.substr(end + 4);
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
    RunningServer server;
    RawClient client(server.port());
    for (int i = 0; i < 3; ++i) {
        client.send(get("/hello"));
        const std::string reply = client.read_reply();
        EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
        EXPECT_THAT(reply, HasSubstr("\r\nContent-Length: 6\r\n"));
        EXPECT_THAT(reply, EndsWith("\r\n\r\nhello\n"));
    }
}

TEST(HttpServer, LeavesTheBodyOutForHead) {
    RunningServer server;
    RawClient client(server.port());
    client.send("HEAD /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string reply = client.read_to_end();
    EXPECT_THAT(reply, HasSubstr("Content-Length: " + std::to_string(large_bytes)));
    EXPECT_THAT(reply, EndsWith("\r\n\r\n"));
}

TEST(HttpServer, StatesNoLengthWithNotModified) {
    RunningServer server;
    RawClient client(server.port());
    client.send(get("/same", "Connection: close\r\n"));
    const std::string reply = client.read_to_end();
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_EQ(reply.find("Content-Length"), std::string::npos);
}

TEST(HttpServer, ClosesWhenAsked) {
    RunningServer server;
    RawClient client(server.port());
    client.send(get("/hello", "Connection: close\r\n"));
    EXPECT_THAT(client.read_to_end(), HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_FALSE(client.timed_out());
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
    RunningServer server;
    RawClient client(server.port());
    std::string requests;
    for (int i = 0; i < 300; ++i) {
        requests += get(i % 2 == 0 ? "/hello" : "/page");
    }
    std::thread writer([&] { client.send(requests); });
    for (int i = 0; i < 300; ++i) {
        const std::string body = body_of(client.read_reply());
        ASSERT_EQ(body, i % 2 == 0 ? "hello\n" : large_body().substr(0, 51200)) << i;
    }
    writer.join();
}

TEST(HttpServer, SendsFilesWholeAndUnchanged) {
    RunningServer server;
    RawClient client(server.port());
    client.send(get("/small") + get("/large"));
    EXPECT_EQ(body_of(client.read_reply()), "small");
    EXPECT_TRUE(body_of(client.read_reply()) == large_body());
}

TEST(HttpServer, EndsTheConnectionWhenAFileIsShorterThanPromised) {
    RunningServer server;
    RawClient client(server.port());
    client.send(get("/gone"));
    const std::string reply = client.read_to_end();
    EXPECT_THAT(
        reply, HasSubstr("\r\nContent-Length: " + std::to_string(large_bytes + 1000) + "\r\n")
    );
    // How much of the last piece goes out depends on where the earlier ones ended.
    EXPECT_LE(body_of(reply).size(), large_bytes);
    EXPECT_FALSE(client.timed_out());
}

TEST(HttpServer, ServesTwoHundredConnectionsAtOnce) {
    ServerOptions options;
    options.threads = 2;
    RunningServer server(std::move(options));
    std::vector<RawClient> clients;
    for (int i = 0; i < 200; ++i) {
        clients.emplace_back(server.port());
    }
    for (int round = 0; round < 3; ++round) {
        for (RawClient& client : clients) {
            ASSERT_TRUE(client.send(get("/page")));
        }
        for (RawClient& client : clients) {
            ASSERT_EQ(body_of(client.read_reply()).size(), 51200U);
        }
    }
}

TEST(HttpServer, TakesABodyWithinItsLimitOnly) {
    ServerOptions options;
    options.limits.request_body_bytes = 100'000;
    RunningServer server(std::move(options));
    const auto post = [](std::size_t size) {
        return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
               "\r\n\r\n" + large_body().substr(0, size);
    };
    RawClient client(server.port());
    client.send(post(100'000) + post(3));
    EXPECT_EQ(body_of(client.read_reply()), large_body().substr(0, 100'000));
    EXPECT_EQ(body_of(client.read_reply()), large_body().substr(0, 3));
    RawClient greedy(server.port());
    greedy.send(post(100'001));
    EXPECT_THAT(greedy.read_to_end(), StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServer, AnswersHostileRequestsAndClosesBehindThem) {
    RunningServer server;
    const std::pair<std::string, const char*> cases[] = {
        {"GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400 "},
        {"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "},
        {get("/hello", "Content-Length: 5\r\nContent-Length: 6\r\n"), "HTTP/1.1 400 "},
        {get("/hello", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "HTTP/1.1 400 "},
        {get("/hello", "Transfer-Encoding: chunked\r\n") + "5\r\nhello\r\n0\r\n\r\n",
         "HTTP/1.1 411 "},
        {get("/" + std::string(9000, 'a')), "HTTP/1.1 414 "},
        {get("/", "A: " + std::string(20000, 'a') + "\r\n"), "HTTP/1.1 431 "},
        {"\x16\x03\x01\x02\x01", "HTTP/1.1 400 "},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 "},
    };
    for (const auto& [request, expected] : cases) {
        RawClient client(server.port());
        client.send(request);
        // Not one request more is read: what follows a refused one could be smuggled.
        client.send(get("/hello"));
        const std::string reply = client.read_to_end();
        EXPECT_THAT(reply, StartsWith(expected)) << request.substr(0, 60);
        EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
        EXPECT_EQ(reply.find("hello\n"), std::string::npos);
        EXPECT_FALSE(client.timed_out());
    }
}

TEST(HttpServer, ClosesOnAHeaderThatNeverEnds) {
    ServerOptions options;
    options.deadlines.header = milliseconds(150);
    RunningServer server(std::move(options));
    RawClient client(server.port());
    client.send("GET /hello HTTP/1.1\r\nX: ");
    // A byte now and then does not buy more time.
    while (client.send("a") && !client.closed_within(10)) {
    }
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_TRUE(server.events().wait_for("http.timeout"));
}

TEST(HttpServer, ClosesAConnectionThatStaysIdle) {
    ServerOptions options;
    options.deadlines.idle = milliseconds(100);
    RunningServer server(std::move(options));
    RawClient silent(server.port());
    RawClient served(server.port());
    served.send(get("/hello"));
    EXPECT_THAT(served.read_to_end(), EndsWith("hello\n"));
    EXPECT_EQ(silent.read_to_end(), "");
    EXPECT_FALSE(silent.timed_out());
}

TEST(HttpServer, GivesUpOnAReaderThatDoesNotRead) {
    ServerOptions options;
    options.deadlines.write = milliseconds(150);
    RunningServer server(std::move(options));
    RawClient client(server.port(), 4096);
    client.send(get("/large"));
    ASSERT_TRUE(server.events().wait_for("http.timeout"));
    EXPECT_LT(client.read_to_end().size(), large_bytes);
}

TEST(HttpServer, CapsTheConnectionsOfOneAddress) {
    ServerOptions options;
    options.limits.connections_per_address = 2;
    RunningServer server(std::move(options));
    {
        RawClient first(server.port());
        RawClient second(server.port());
        first.send(get("/hello"));
        second.send(get("/hello"));
        EXPECT_NE(first.read_reply(), "");
        EXPECT_NE(second.read_reply(), "");
        RawClient third(server.port());
        EXPECT_EQ(third.read_to_end(), "");
        EXPECT_TRUE(server.events().wait_for("http.refused"));
    }
    // When they are gone, there is room again.
    std::string reply;
    while (reply.empty()) {
        RawClient fourth(server.port());
        fourth.send(get("/hello", "Connection: close\r\n"));
        reply = fourth.read_to_end();
    }
    EXPECT_THAT(reply, EndsWith("hello\n"));
}

TEST(HttpServer, MakesRoomByClosingTheConnectionIdleLongest) {
    ServerOptions options;
    options.limits.connections_per_thread = 2;
    RunningServer server(std::move(options));
    RawClient first(server.port());
    first.send(get("/hello"));
    first.read_reply();
    RawClient second(server.port());
    second.send(get("/hello"));
    second.read_reply();
    RawClient third(server.port());
    third.send(get("/hello"));
    EXPECT_THAT(third.read_reply(), EndsWith("hello\n"));
    EXPECT_EQ(first.read_to_end(), "");
    second.send(get("/hello"));
    EXPECT_THAT(second.read_reply(), EndsWith("hello\n"));
}

TEST(HttpServer, GoesOnWhenDescriptorsRunOut) {
    RunningServer server;
    RawClient first(server.port());
    first.send(get("/hello"));
    first.read_reply();
    // The next descriptor is the last: the client takes it, the server's accept finds none.
    const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(next, 0);
    ::close(next);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit tight{static_cast<rlim_t>(next) + 1, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
    // Looked at later: UndefinedBehaviorSanitizer opens a pipe to look at a matcher's memory.
    std::string reply;
    {
        RawClient second(server.port());
        second.send(get("/hello"));
        reply = second.read_reply();
    }
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_THAT(reply, EndsWith("hello\n"));
    EXPECT_EQ(first.read_to_end(), "") << "the idle one made room";
    EXPECT_GE(server.events().count("http.accept.failed"), 1U);
}

TEST(HttpServer, FinishesAnswersUnderWayWhenItStops) {
    RunningServer server;
    RawClient busy(server.port());
    RawClient idle(server.port());
    idle.send(get("/hello"));
    idle.read_reply();
    busy.send(get("/large"));
    ASSERT_TRUE(server.events().wait_for("http.access"));
    server.stop();
    EXPECT_EQ(idle.read_to_end(), "");
    EXPECT_TRUE(body_of(busy.read_to_end()) == large_body());
    server.join();
    EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

TEST(HttpServer, StopsInTimeWhenAReaderDoesNotRead) {
    ServerOptions options;
    options.deadlines.drain = milliseconds(100);
    RunningServer server(std::move(options));
    RawClient client(server.port(), 4096);
    client.send(get("/large"));
    ASSERT_TRUE(server.events().wait_for("http.access"));
    server.stop();
    server.join();
    EXPECT_LT(client.read_to_end().size(), large_bytes);
}

TEST(HttpServer, SurvivesAClientThatLeavesInTheMiddle) {
    RunningServer server;
    for (int i = 0; i < 20; ++i) {
        RawClient client(server.port(), 4096);
        client.send(get("/large"));
    }
    RawClient client(server.port());
    client.send(get("/hello"));
    EXPECT_THAT(client.read_reply(), EndsWith("hello\n"));
}

TEST(HttpServer, RefusesAPortOnWhichSomebodyListens) {
    RunningServer server;
    const SystemClock clock;
    for (const unsigned threads : {1U, 2U}) {
        ServerOptions options;
        options.clock = &clock;
        options.port = server.port();
        options.threads = threads;
        const auto second = HttpServer::listen(std::move(options), [] {
            return Result<RequestHandler>(Error(ErrorCode::internal, "never"));
        });
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), ErrorCode::conflict) << second.error().describe();
    }
}

TEST(HttpServer, SharesOneChosenPortAmongItsThreads) {
    ServerOptions options;
    options.threads = 3;
    RunningServer server(std::move(options));
    for (int i = 0; i < 12; ++i) {
        RawClient client(server.port());
        client.send(get("/hello"));
        EXPECT_THAT(client.read_reply(), EndsWith("hello\n"));
    }
}

TEST(HttpServer, ReportsAHandlerThatCannotBeMade) {
    const SystemClock clock;
    ServerOptions options;
    options.clock = &clock;
    options.threads = 2;
    auto server = HttpServer::listen(std::move(options), [] {
        return Result<RequestHandler>(Error(ErrorCode::io, "no catalogue"));
    });
    ASSERT_TRUE(server);
    const Outcome outcome = server->run();
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().message(), "no catalogue");
}

TEST(HttpServer, RefusesAnAddressThatIsAName) {
    const SystemClock clock;
    ServerOptions options;
    options.clock = &clock;
    options.address = "localhost";
    const auto server = HttpServer::listen(std::move(options), [] {
        return Result<RequestHandler>(Error(ErrorCode::internal, "never"));
    });
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace heliograph::mirror
