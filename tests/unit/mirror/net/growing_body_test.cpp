// SPDX-License-Identifier: Apache-2.0
// Files that are given out while they are being written: what is released and nothing else, and an
// end instead of a lie.
#include <mirror/net/http_server.hpp>
#include <pki/base/clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/net/raw_client.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

using test::RawClient;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class GrowingBodyTest : public testing::Test {
  protected:
    GrowingBodyTest()
        : m_file(std::make_shared<FileDescriptor>(
              ::open((m_folder / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)
          )),
          m_released(std::make_shared<ReleasedBytes>()) {
        ServerOptions options;
        options.clock = &m_clock;
        options.wakers = WakerUse::all;
        auto server = HttpServer::listen(std::move(options), [this] {
            return Result<RequestHandler>([this](const HttpRequest& request) -> HttpAnswer {
                const std::lock_guard lock(m_mutex);
                m_waker = request.waker;
                return HttpReply{200, nullptr, GrowingBody{m_file, size, m_released}};
            });
        });
        m_server = std::make_unique<HttpServer>(std::move(server).value());
        m_thread = std::thread([this] { EXPECT_TRUE(m_server->run()); });
    }
    ~GrowingBodyTest() override {
        m_server->stop();
        m_thread.join();
    }

    void write(const std::string& bytes) {
        ASSERT_EQ(
            ::write(m_file->get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())
        );
    }
    void release(std::uint64_t end) {
        m_released->release(end);
        wake();
    }
    void wake() {
        const std::lock_guard lock(m_mutex);
        m_waker.wake();
    }

    static constexpr std::uint64_t size = 300'000;
    test::TempFolder m_folder;
    SystemClock m_clock;
    std::shared_ptr<FileDescriptor> m_file;
    std::shared_ptr<ReleasedBytes> m_released;
    std::mutex m_mutex;
    Waker m_waker;
    std::unique_ptr<HttpServer> m_server;
    std::thread m_thread;
};

TEST_F(GrowingBodyTest, GivesOutWhatIsReleasedAndThenTheRest) {
    const std::string body = std::string(100'000, 'a') + std::string(200'000, 'b');
    write(body);
    m_released->release(100'000);
    RawClient client(m_server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string seen = client.read_some();
    while (seen.size() < 100'000) {
        seen += client.read_some();
    }
    EXPECT_THAT(seen, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(seen, HasSubstr("Content-Length: 300000\r\n"));
    while (seen.size() < seen.find("\r\n\r\n") + 4 + 100'000) {
        seen += client.read_some();
    }
    EXPECT_THAT(seen, EndsWith("a"));
    release(100'001);
    EXPECT_EQ(client.read_some(), "b");
    release(size);
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const std::string rest = client.read_to_end();
    EXPECT_THAT(rest, StartsWith(std::string(199'999, 'b') + "HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(rest, HasSubstr("Content-Length: 300000\r\n"));
    EXPECT_THAT(rest, EndsWith("\r\n\r\n"));
}

TEST_F(GrowingBodyTest, EndsTheConnectionWhenItsWriterGivesUp) {
    write("abc");
    m_released->release(3);
    RawClient client(m_server->port());
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string seen;
    while (!seen.ends_with("abc")) {
        seen += client.read_some();
    }
    m_released->give_up();
    wake();
    EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace heliograph::mirror
