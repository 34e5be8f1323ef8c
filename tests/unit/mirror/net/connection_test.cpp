// SPDX-License-Identifier: Apache-2.0
// One connection, served by hand where the turns of a loop would hide what it does.
#include <mirror/net/connection.hpp>
#include <pki/base/clock.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <atomic>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

using test::RawClient;

TEST(Connection, LetsOthersInWhileARefusedBodyKeepsComing) {
    const SystemClock clock;
    ServerOptions options;
    options.clock = &clock;
    options.limits.streamed_body_bytes = 1ULL << 40;
    auto mailbox = Mailbox::make();
    ASSERT_TRUE(mailbox);
    const RequestHandler refuse = [](const HttpRequest&) -> HttpAnswer {
        return HttpReply::refusal(403, "Not you.");
    };
    LoopServices services(options, refuse, *mailbox);
    auto listeners = open_listeners("127.0.0.1", 0, 1);
    ASSERT_TRUE(listeners) << listeners.error().describe();
    RawClient client(listeners->port);
    AcceptResult accepted = accept_one(listeners->sockets.front().get());
    ASSERT_EQ(accepted.state, AcceptState::accepted);
    Connection connection(std::move(accepted.accepted), services);

    client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n");
    std::atomic<bool> done{false};
    std::thread sender([&] {
        const std::string piece(1'000'000, 'x');
        for (int i = 0; i < 300 && !done; ++i) {
            client.send(piece);
        }
        client.end_sending();
    });
    Connection::Fate fate = Connection::Fate::waits;
    while (fate == Connection::Fate::waits) {
        fate = connection.on_event(EPOLLIN | EPOLLRDHUP);
    }
    EXPECT_EQ(fate, Connection::Fate::goes_on) << "not only when all of it was read";
    done = true;
    while (fate != Connection::Fate::ended) {
        fate = connection.on_event(EPOLLIN | EPOLLRDHUP);
    }
    sender.join();
}

}  // namespace
}  // namespace heliograph::mirror
