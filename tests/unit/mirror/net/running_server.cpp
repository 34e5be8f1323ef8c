// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/tls/peer_identity.hpp>
#include <tests/unit/mirror/net/running_server.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace heliograph::test {

using mirror::BytesBody;
using mirror::Exchange;
using mirror::FileBody;
using mirror::HttpAnswer;
using mirror::HttpReply;
using mirror::HttpRequest;

namespace {

class CountingExchange final : public Exchange {
  public:
    std::size_t appetite_bytes() override { return 65536; }
    void take(ByteSpan piece) override { m_size += piece.size(); }
    void end() override { m_ended = true; }
    std::optional<HttpReply> reply() override {
        return m_ended ? std::optional(HttpReply::sentence(200, std::to_string(m_size)))
                       : std::nullopt;
    }

  private:
    std::size_t m_size = 0;
    bool m_ended = false;
};

}  // namespace

void RecordingSink::emit(const Event& event) {
    {
        const std::lock_guard lock(m_mutex);
        m_events.push_back(event);
    }
    m_came.notify_all();
}

bool RecordingSink::wait_for(const std::string& name) {
    std::unique_lock lock(m_mutex);
    return m_came.wait_for(lock, std::chrono::seconds(20), [&] {
        return std::any_of(m_events.begin(), m_events.end(), [&](const Event& event) {
            return event.name == name;
        });
    });
}

std::size_t RecordingSink::count(const std::string& name) const {
    const std::lock_guard lock(m_mutex);
    return static_cast<std::size_t>(std::count_if(
        m_events.begin(), m_events.end(), [&](const Event& event) { return event.name == name; }
    ));
}

const std::string& large_body() {
    static const std::string body = [] {
        std::string made(large_bytes, '\0');
        std::uint64_t state = 88172645463325252ULL;
        for (std::size_t i = 0; i < made.size(); i += 8) {
            state ^= state << 13U;
            state ^= state >> 7U;
            state ^= state << 17U;
            std::memcpy(made.data() + i, &state, 8);
        }
        return made;
    }();
    return body;
}

RunningServer::RunningServer(mirror::ServerOptions options) : m_secure(options.tls.has_value()) {
    std::ofstream(m_folder / "large", std::ios::binary) << large_body();
    std::ofstream(m_folder / "small", std::ios::binary) << "small";
    options.clock = &m_clock;
    options.events = &m_events;
    auto server = mirror::HttpServer::listen(std::move(options), [this] { return make_handler(); });
    if (!server) {
        throw std::runtime_error(server.error().describe());
    }
    m_server = std::make_unique<mirror::HttpServer>(*std::move(server));
    m_thread = std::thread([this] {
        const Outcome outcome = m_server->run();
        EXPECT_TRUE(outcome) << outcome.error().describe();
    });
}

RunningServer::~RunningServer() {
    stop();
    join();
}

void RunningServer::join() {
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

std::string RunningServer::url(const std::string& path) const {
    return (m_secure ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port()) + path;
}

Result<mirror::RequestHandler> RunningServer::make_handler() const {
    const auto open_file = [this](const std::string& name) {
        return std::make_shared<const FileDescriptor>(
            ::open((m_folder / name).c_str(), O_RDONLY | O_CLOEXEC)
        );
    };
    const auto large = open_file("large");
    const auto small = open_file("small");
    const auto page =
        std::make_shared<const Bytes>(to_bytes(std::string_view(large_body()).substr(0, 50 * 1024))
        );
    return mirror::RequestHandler([=](const HttpRequest& request) -> HttpAnswer {
        if (request.path == "/count") {
            return std::make_unique<CountingExchange>();
        }
        if (request.path == "/hello") {
            return HttpReply::sentence(200, "hello");
        }
        if (request.path == "/page") {
            return HttpReply{200, nullptr, BytesBody{page}};
        }
        if (request.path == "/large") {
            return HttpReply{200, nullptr, FileBody{large, 0, large_bytes}};
        }
        if (request.path == "/small") {
            return HttpReply{200, nullptr, FileBody{small, 0, 5}};
        }
        if (request.path == "/gone") {
            return HttpReply{200, nullptr, FileBody{large, 0, large_bytes + 1000}};
        }
        if (request.path == "/echo") {
            return HttpReply{200, nullptr, BytesBody{std::make_shared<const Bytes>(request.body)}};
        }
        if (request.path == "/who") {
            const auto& who = request.peer.identity;
            return HttpReply::sentence(200, who ? who->common_name : "nobody");
        }
        if (request.path == "/same") {
            return HttpReply{304, nullptr, mirror::NoBody{}};
        }
        return HttpReply::sentence(404, "Nothing of that name is here.");
    });
}

}  // namespace heliograph::test
