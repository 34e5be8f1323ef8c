// SPDX-License-Identifier: Apache-2.0
// An HttpServer on a thread of its own, and the small site that the tests of this room serve.
#pragma once

#include <mirror/net/http_server.hpp>
#include <tests/support/temp_folder.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace heliograph::test {

/// Keeps events and lets a test wait for one.
class RecordingSink final : public EventSink {
  public:
    void emit(const Event& event) override;

    /// Waits at most 20 s. @return Whether it came.
    bool wait_for(const std::string& name);
    [[nodiscard]] std::size_t count(const std::string& name) const;

  private:
    mutable std::mutex m_mutex;
    std::condition_variable m_came;
    std::vector<Event> m_events;
};

/// The size of `/large`.
inline constexpr std::size_t large_bytes = 20U * 1024U * 1024U;

/// The content of `/large`: the same for every run, and different at every place.
[[nodiscard]] const std::string& large_body();

/// Serves, until it goes: `/hello` (bytes), `/page` (50 KiB of bytes), `/large` (a file), `/small`
/// (a file of 5 bytes), `/gone` (a file that ends before its stated length), `/echo` (the body),
/// `/count` (the size of a streamed body), `/who` (the client certificate's URI), else 404.
class RunningServer {
  public:
    explicit RunningServer(mirror::ServerOptions options = {});
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer();

    [[nodiscard]] std::uint16_t port() const { return m_server->port(); }
    [[nodiscard]] std::string url(const std::string& path) const;
    [[nodiscard]] RecordingSink& events() { return m_events; }

    void stop() { m_server->stop(); }
    /// Waits for run() to return after stop().
    void join();

  private:
    [[nodiscard]] Result<mirror::RequestHandler> make_handler() const;

    TempFolder m_folder;
    SystemClock m_clock;
    RecordingSink m_events;
    bool m_secure;
    std::unique_ptr<mirror::HttpServer> m_server;
    std::thread m_thread;
};

}  // namespace heliograph::test
