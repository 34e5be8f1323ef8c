// SPDX-License-Identifier: Apache-2.0
// How one loop shares its time and its room: what a client may take before others get their turn,
// and who counts as idle (threat T18). The clients here act on the loop's own thread, so that what
// they send is there whenever the loop looks.
#include <mirror/net/http_server.hpp>
#include <pki/base/clock.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

using test::RawClient;
using testing::EndsWith;

class HookedExchange final : public Exchange {
  public:
    explicit HookedExchange(const std::function<void()>& on_take) : m_on_take(on_take) {}
    std::size_t appetite_bytes() override { return 65536; }
    void take(ByteSpan /*piece*/) override { m_on_take(); }
    void end() override { m_ended = true; }
    std::optional<HttpReply> reply() override {
        return m_ended ? std::optional(HttpReply::sentence(200, "taken")) : std::nullopt;
    }

  private:
    const std::function<void()>& m_on_take;
    bool m_ended = false;
};

class HttpTurn : public testing::Test {
  protected:
    ~HttpTurn() override {
        m_server->stop();
        m_thread.join();
    }

    void serve(std::size_t connections) {
        ServerOptions options;
        options.clock = &m_clock;
        options.limits.header_bytes = 1024;
        options.limits.streamed_body_bytes = 1ULL << 30;
        options.limits.connections_per_thread = connections;
        auto server = HttpServer::listen(std::move(options), [this] {
            return Result<RequestHandler>([this](const HttpRequest& request) -> HttpAnswer {
                if (request.path == "/upload") {
                    return std::make_unique<HookedExchange>(m_on_take);
                }
                m_on_other();
                return HttpReply::sentence(200, "hello");
            });
        });
        ASSERT_TRUE(server) << server.error().describe();
        m_server = std::make_unique<HttpServer>(*std::move(server));
        m_thread = std::thread([this] { EXPECT_TRUE(m_server->run()); });
    }
    [[nodiscard]] std::uint16_t port() const { return m_server->port(); }

    SystemClock m_clock;
    std::function<void()> m_on_take = [] {};
    std::function<void()> m_on_other = [] {};
    std::unique_ptr<HttpServer> m_server;
    std::thread m_thread;
};

const std::string other_request = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

// All of the upload arrives at once, and is many turns of work.
TEST_F(HttpTurn, TakesNoUploadForIdleThatNeverKeepsItWaiting) {
    serve(1);
    RawClient upload(port());
    std::optional<RawClient> other;
    m_on_take = [&] {
        if (!other) {
            other.emplace(port());
        }
    };
    std::string sent = "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 2'000; ++i) {
        sent += "1\r\nx\r\n";
    }
    upload.send(sent + "0\r\n\r\n");
    EXPECT_THAT(upload.read_reply(), EndsWith("taken\n"));
    EXPECT_EQ(other->read_to_end(), "") << "there was no room for another";
}

TEST_F(HttpTurn, CountsTheWorkOfTinyChunksAndNotTheirBytes) {
    serve(2);
    RawClient upload(port());
    std::optional<RawClient> other;
    const std::string chunk = "1\r\nx\r\n";
    std::string chunks;
    for (int i = 0; i < 10'000; ++i) {
        chunks += chunk;
    }
    std::size_t offered = chunks.size();
    std::size_t taken = 0;
    std::size_t taken_before_the_other = 0;
    m_on_other = [&] { taken_before_the_other = taken; };
    std::string_view rest;
    std::promise<void> begun;
    m_on_take = [&, ready = begun.get_future().share()] {
        ready.wait();
        if (++taken == 1) {
            other.emplace(port());
            other->send(other_request);
        }
        if (rest.empty() && taken_before_the_other == 0 &&
            offered - taken * chunk.size() < 50'000) {
            rest = chunks;
        }
        const std::size_t count = upload.offer(rest);
        rest.remove_prefix(count);
        offered += count;
        if (taken * chunk.size() == offered) {
            upload.send("0\r\n\r\n");
        }
    };
    upload.send("POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    begun.set_value();
    EXPECT_THAT(upload.read_reply(), EndsWith("taken\n"));
    EXPECT_THAT(other->read_reply(), EndsWith("hello\n"));
    EXPECT_GT(taken_before_the_other, 0U);
    EXPECT_LT(taken_before_the_other, 10'000U);
}

}  // namespace
}  // namespace heliograph::mirror
