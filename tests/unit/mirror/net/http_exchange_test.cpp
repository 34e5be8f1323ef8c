// SPDX-License-Identifier: Apache-2.0
// Bodies that come in pieces and answers that come later, over raw sockets, with honest and hostile
// clients (threat T18).
#include <mirror/net/http_server.hpp>
#include <pki/base/clock.hpp>
#include <pki/crypto/digest.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using test::RawClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// What the exchanges of one test tell it.
struct Watch {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t taken = 0;
    bool gone = false;
    bool hungry = true;
    bool may_answer = true;
    Waker waker;

    void change(const std::function<void(Watch&)>& step) {
        {
            const std::lock_guard lock(mutex);
            step(*this);
        }
        changed.notify_all();
    }
    bool wait(const std::function<bool(const Watch&)>& holds) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), [&] { return holds(*this); });
    }
};

// Answers with size and digest of the body.
class DigestExchange final : public Exchange {
  public:
    explicit DigestExchange(Watch& watch) : m_watch(watch) {}
    DigestExchange(const DigestExchange&) = delete;
    DigestExchange& operator=(const DigestExchange&) = delete;
    ~DigestExchange() override {
        m_watch.change([](Watch& watch) { watch.gone = true; });
    }

    std::size_t appetite_bytes() override {
        const std::lock_guard lock(m_watch.mutex);
        return m_watch.hungry ? 10'000 : 0;
    }
    void take(ByteSpan piece) override {
        m_hasher.update(piece);
        m_size += piece.size();
        m_watch.change([&](Watch& watch) { watch.taken += piece.size(); });
    }
    void end() override { m_ended = true; }
    std::optional<HttpReply> reply() override {
        const std::lock_guard lock(m_watch.mutex);
        if (!m_ended || !m_watch.may_answer) {
            return std::nullopt;
        }
        return HttpReply::sentence(
            200, std::to_string(m_size) + " bytes, " + m_hasher.finish().to_hex()
        );
    }

  private:
    Watch& m_watch;
    pki::Sha256Hasher m_hasher;
    std::size_t m_size = 0;
    bool m_ended = false;
};

// Says no as soon as it has seen something.
class RefusingExchange final : public Exchange {
  public:
    std::size_t appetite_bytes() override { return 1000; }
    void take(ByteSpan /*piece*/) override { m_seen = true; }
    void end() override {}
    std::optional<HttpReply> reply() override {
        return m_seen ? std::optional(HttpReply::refusal(400, "File already exists: \xC3\xA9.\r\n"))
                      : std::nullopt;
    }

  private:
    bool m_seen = false;
};

class HttpExchange : public testing::Test {
  protected:
    ~HttpExchange() override { stop(); }

    void serve(const std::function<void(ServerOptions&)>& change = {}) {
        ServerOptions options;
        options.clock = &m_clock;
        options.limits.request_body_bytes = 100;
        options.limits.streamed_body_bytes = 10'000'000;
        if (change) {
            change(options);
        }
        auto server = HttpServer::listen(std::move(options), [this] {
            return Result<RequestHandler>([this](const HttpRequest& request) -> HttpAnswer {
                if (request.path == "/digest") {
                    m_watch.change([&](Watch& watch) { watch.waker = request.waker; });
                    return std::make_unique<DigestExchange>(m_watch);
                }
                if (request.path == "/refuse") {
                    return std::make_unique<RefusingExchange>();
                }
                return HttpReply::refusal(403, "Not you.");
            });
        });
        ASSERT_TRUE(server) << server.error().describe();
        m_server = std::make_unique<HttpServer>(*std::move(server));
        m_thread = std::thread([this] { EXPECT_TRUE(m_server->run()); });
    }
    void stop() {
        if (m_server != nullptr) {
            m_server->stop();
            m_thread.join();
            m_server.reset();
        }
    }
    [[nodiscard]] std::uint16_t port() const { return m_server->port(); }

    static std::string post(const std::string& path, const std::string& fields) {
        return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    }
    static std::string length(std::size_t size) {
        return "Content-Length: " + std::to_string(size) + "\r\n";
    }
    static std::string told(const std::string& body) {
        return std::to_string(body.size()) + " bytes, " + pki::sha256(bytes_of(body)).to_hex() +
               "\n";
    }

    SystemClock m_clock;
    Watch m_watch;
    std::unique_ptr<HttpServer> m_server;
    std::thread m_thread;
};

TEST_F(HttpExchange, GivesTheWholeBodyAndKeepsTheConnection) {
    serve();
    const std::string large(3'000'000, 'x');
    RawClient client(port());
    for (const std::string& body : {large, std::string("small"), std::string()}) {
        client.send(post("/digest", length(body.size())) + body);
        EXPECT_THAT(client.read_reply(), EndsWith("\r\n\r\n" + told(body)));
    }
    client.send(post("/digest", length(5)) + "hello" + post("/digest", length(3)) + "you");
    EXPECT_THAT(client.read_reply(), EndsWith(told("hello")));
    EXPECT_THAT(client.read_reply(), EndsWith(told("you")));
}

TEST_F(HttpExchange, TakesChunks) {
    serve();
    RawClient client(port());
    client.send(
        post("/digest", "Transfer-Encoding: Chunked\r\n") + "3\r\nyou\r\n4\r\n and\r\n0\r\n\r\n" +
        post("/digest", length(2)) + "me"
    );
    EXPECT_THAT(client.read_reply(), EndsWith(told("you and")));
    EXPECT_THAT(client.read_reply(), EndsWith(told("me")));
}

TEST_F(HttpExchange, InvitesAClientThatWaitsForIt) {
    serve();
    RawClient client(port());
    client.send(post("/digest", length(5) + "Expect: 100-continue\r\n"));
    EXPECT_EQ(client.read_reply(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("hello");
    EXPECT_THAT(client.read_reply(), EndsWith(told("hello")));
}

TEST_F(HttpExchange, RefusesBeforeTheBodyIsSent) {
    serve();
    RawClient waiting(port());
    waiting.send(post("/other", length(1'000'000) + "Expect: 100-continue\r\n"));
    EXPECT_THAT(waiting.read_to_end(), StartsWith("HTTP/1.1 403 Not you.\r\n"));
    // And is heard by a client that sends all the same.
    const std::string body(5'000'000, 'x');
    RawClient eager(port());
    EXPECT_TRUE(eager.send(post("/other", length(body.size())) + body));
    EXPECT_THAT(eager.read_to_end(), StartsWith("HTTP/1.1 403 Not you.\r\n"));
    EXPECT_FALSE(eager.timed_out());
    RawClient large(port());
    large.send(post("/digest", length(10'000'001)));
    EXPECT_THAT(large.read_to_end(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpExchange, RefusesInTheMiddleWithItsReasonInTheStatusLine) {
    serve();
    const std::string body(5'000'000, 'x');
    RawClient client(port());
    EXPECT_TRUE(client.send(post("/refuse", length(body.size())) + body));
    const std::string reply = client.read_to_end();
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 400 File already exists: ??.??\r\n"));
    EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(HttpExchange, HoldsTheClientBackWhileItTakesNothing) {
    serve();
    m_watch.change([](Watch& watch) { watch.hungry = false; });
    const std::string body(8'000'000, 'x');
    RawClient client(port());
    std::thread sender([&] { client.send(post("/digest", length(body.size())) + body); });
    // Another client is served meanwhile, and nothing is taken of the first.
    RawClient other(port());
    other.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_THAT(other.read_reply(), StartsWith("HTTP/1.1 403 "));
    {
        const std::lock_guard lock(m_watch.mutex);
        EXPECT_EQ(m_watch.taken, 0U);
    }
    m_watch.change([](Watch& watch) { watch.hungry = true; });
    m_watch.waker.wake();
    EXPECT_THAT(client.read_reply(), EndsWith(told(body)));
    sender.join();
}

TEST_F(HttpExchange, AnswersWhenItIsWokenFromAnotherThread) {
    serve();
    m_watch.change([](Watch& watch) { watch.may_answer = false; });
    RawClient client(port());
    client.send(post("/digest", length(5)) + "hello");
    EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.taken == 5; }));
    std::thread worker([&] {
        m_watch.change([](Watch& watch) { watch.may_answer = true; });
        m_watch.waker.wake();
    });
    EXPECT_THAT(client.read_reply(), EndsWith(told("hello")));
    worker.join();
    // A waker that outlives its connection, and its server, wakes nobody.
    stop();
    m_watch.waker.wake();
}

TEST_F(HttpExchange, DropsAnExchangeWhoseClientLeft) {
    serve();
    {
        RawClient client(port());
        client.send(post("/digest", length(1000)) + "hello");
        EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.taken == 5; }));
    }
    EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.gone; }));
}

TEST_F(HttpExchange, EndsABodyThatDrips) {
    serve([](ServerOptions& options) {
        options.deadlines.body = milliseconds(100);
        options.deadlines.body_progress_bytes = 1000;
    });
    RawClient client(port());
    client.send(post("/digest", length(100'000)));
    std::thread drip([&] {
        while (client.send("x") && !client.closed_within(5)) {
        }
    });
    EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.gone; }));
    drip.join();
    EXPECT_LT(m_watch.taken, 1000U);
}

TEST_F(HttpExchange, EndsABodyThatTakesTooLongInAll) {
    serve([](ServerOptions& options) {
        options.deadlines.body = milliseconds(50);
        options.deadlines.body_progress_bytes = 1;
        options.deadlines.body_total = std::chrono::seconds(0);
    });
    RawClient client(port());
    client.send(post("/digest", length(100'000)));
    std::thread drip([&] {
        while (client.send("x") && !client.closed_within(5)) {
        }
    });
    EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.gone; }));
    drip.join();
}

TEST_F(HttpExchange, SaysSoWhenAnAnswerTakesTooLong) {
    serve([](ServerOptions& options) { options.deadlines.answer = std::chrono::seconds(0); });
    m_watch.change([](Watch& watch) { watch.may_answer = false; });
    RawClient client(port());
    client.send(post("/digest", length(5)) + "hello");
    EXPECT_THAT(client.read_reply(), StartsWith("HTTP/1.1 503 "));
}

TEST_F(HttpExchange, EndsEndlessAndMalformedChunks) {
    serve();
    RawClient endless(port());
    const std::string chunk = "ffff\r\n" + std::string(0xffff, 'x') + "\r\n";
    std::string sent = post("/digest", "Transfer-Encoding: chunked\r\n");
    for (int i = 0; i < 200; ++i) {
        sent += chunk;
    }
    std::thread sender([&] { endless.send(sent); });
    EXPECT_THAT(endless.read_to_end(), StartsWith("HTTP/1.1 413 "));
    sender.join();
    RawClient malformed(port());
    malformed.send(post("/digest", "Transfer-Encoding: chunked\r\n") + "zz\r\n");
    EXPECT_THAT(malformed.read_to_end(), StartsWith("HTTP/1.1 400 "));
    RawClient both(port());
    both.send(post("/digest", "Transfer-Encoding: chunked\r\n" + length(3)) + "abc");
    EXPECT_THAT(both.read_to_end(), StartsWith("HTTP/1.1 400 "));
    RawClient other(port());
    other.send(post("/digest", "Transfer-Encoding: gzip\r\n"));
    EXPECT_THAT(other.read_to_end(), StartsWith("HTTP/1.1 501 "));
    RawClient expecting(port());
    expecting.send(post("/digest", length(3) + "Expect: wonders\r\n") + "abc");
    EXPECT_THAT(expecting.read_to_end(), StartsWith("HTTP/1.1 417 "));
}

TEST_F(HttpExchange, FinishesWhatIsUnderWayWhenTheServerStops) {
    serve();
    RawClient client(port());
    const std::string body(1000, 'x');
    client.send(post("/digest", length(body.size())) + body.substr(0, 3));
    EXPECT_TRUE(m_watch.wait([](const Watch& watch) { return watch.taken == 3; }));
    m_server->stop();
    client.send(body.substr(3));
    EXPECT_THAT(client.read_to_end(), EndsWith(told(body)));
}

}  // namespace
}  // namespace heliograph::mirror
