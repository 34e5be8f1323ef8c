// SPDX-License-Identifier: Apache-2.0
// `mirror sync --watch` and `--dry-run` with the real program, and a chain of mirrors.
#include <tests/integration/household.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// What a service manager hears. It listens all the time, as a manager does: the system keeps ten
/// datagrams at most for one that does not.
class Manager {
  public:
    explicit Manager(const fs::path& place) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        place.string().copy(address.sun_path, sizeof(address.sun_path) - 1);
        const timeval patience{.tv_sec = 0, .tv_usec = 50'000};
        EXPECT_EQ(::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
        EXPECT_EQ(::bind(m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        m_listener = std::jthread([this](const std::stop_token& stop) { listen(stop); });
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() {
        m_listener.request_stop();
        m_listener.join();
        ::close(m_socket);
    }

    /// Waits for the next datagram that begins so; the others are passed over.
    void hear(std::string_view beginning) {
        const auto heard = [&] {
            while (!m_said.empty()) {
                const bool found = m_said.front().starts_with(beginning);
                m_said.pop_front();
                if (found) {
                    return true;
                }
            }
            return false;
        };
        std::unique_lock lock(m_mutex);
        EXPECT_TRUE(m_news.wait_for(lock, std::chrono::seconds(60), heard))
            << "the manager never heard " << beginning;
    }

  private:
    void listen(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::array<char, 4096> buffer{};
            const auto size = ::recv(m_socket, buffer.data(), buffer.size(), 0);
            if (size > 0) {
                const std::scoped_lock lock(m_mutex);
                m_said.emplace_back(buffer.data(), static_cast<std::size_t>(size));
                m_news.notify_all();
            }
        }
    }

    int m_socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    std::mutex m_mutex;
    std::condition_variable m_news;
    std::deque<std::string> m_said;
    std::jthread m_listener;
};

class SyncWatch : public ::testing::Test {
  protected:
    SyncWatch() { m_house.make_master({m_house.make_wheel({.name = "sample"})}); }

    std::string listed(const std::string& folder, const std::string& project) {
        return m_house.must("mirror", {"list", "--dir", folder, project}).output;
    }

    Household m_house;
};

TEST_F(SyncWatch, FollowsAtOnceTellsItsManagerAndEndsWhenItIsTold) {
    const auto master = m_house.serve("master");
    m_house.make_mirror("mirror", master.url());
    Manager manager(m_house / "n");
    auto command = m_house.command("mirror", {"sync", "--dir", "mirror", "--watch"});
    command.environment["NOTIFY_SOCKET"] = m_house / "n";
    command.environment["WATCHDOG_USEC"] = "100000";
    Process watching(command);
    manager.hear("READY=1");
    manager.hear("STATUS=complete at serial 4");
    manager.hear("WATCHDOG=1");
    m_house.must("mirror", {"add", "--dir", "master", m_house.make_wheel({.version = "2.0"})});
    manager.hear("STATUS=complete at serial 6");
    EXPECT_EQ(listed("mirror", "sample"), listed("master", "sample"));
    const Outcome ended = watching.stop();
    EXPECT_EQ(ended.exit_code, 0) << ended.errors;
    manager.hear("STOPPING=1");
    EXPECT_EQ(ended.errors, "");
}

TEST_F(SyncWatch, WaitsForAnUpstreamThatIsAway) {
    std::string url;
    {
        const auto gone = m_house.serve("master");
        url = gone.url();
    }
    m_house.make_mirror("mirror", url);
    Process watching(m_house.command("mirror", {"sync", "--dir", "mirror", "--watch"}));
    EXPECT_THAT(watching.wait_for_line(Stream::errors, "warning: "), HasSubstr("127.0.0.1"));
    EXPECT_EQ(watching.stop().exit_code, 0);
}

TEST_F(SyncWatch, RefusesANoticeSocketThatCannotBe) {
    m_house.make_mirror("mirror", "https://127.0.0.1:1/");
    auto command = m_house.command("mirror", {"sync", "--dir", "mirror", "--watch"});
    command.environment["NOTIFY_SOCKET"] = "relative";
    EXPECT_THAT(run(command).errors, HasSubstr("NOTIFY_SOCKET"));
}

TEST_F(SyncWatch, SaysWhatARunWouldDoAndDoesNothing) {
    const auto master = m_house.serve("master");
    m_house.make_mirror("mirror", master.url());
    const std::vector<std::string> dry{"sync", "--dir", "mirror", "--dry-run"};
    const auto before = m_house.must("mirror", {"status", "--dir", "mirror", "--json"}).output;
    EXPECT_THAT(m_house.must("mirror", dry).output, HasSubstr("would fetch sample at serial 4"));
    EXPECT_EQ(m_house.must("mirror", {"status", "--dir", "mirror", "--json"}).output, before);
    m_house.must("mirror", {"sync", "--dir", "mirror"});
    m_house.must("mirror", {"remove", "--dir", "master", "--project", "sample"});
    EXPECT_THAT(m_house.must("mirror", dry).output, HasSubstr("would remove sample"));
    EXPECT_NE(listed("mirror", "sample"), "");
    EXPECT_EQ(m_house.run("mirror", {"sync", "--watch", "--dry-run"}).exit_code, 2);
}

// The bytes and signatures of the master come out of the third hop, and each hop says how far it is
// behind the one before; so too across a gap in the journal.
TEST_F(SyncWatch, AChainOfMirrorsServesTheSameBytes) {
    std::vector<Serving> hops;
    hops.push_back(m_house.serve("master"));
    const std::vector<std::string> mirrors{"mirror1", "mirror2", "mirror3"};
    for (const auto& mirror : mirrors) {
        m_house.make_mirror(mirror, hops.back().url());
        m_house.must("mirror", {"sync", "--dir", mirror});
        hops.push_back(m_house.serve(mirror));
    }
    const auto expect_same = [&] {
        for (const std::string path :
             {"/simple/sample/",
              "/serversig/sample",
              "/serversig/sample.json",
              "/changelog?since=6",
              "/simple/"}) {
            const auto first = plain_get(hops.front().url(), path);
            const auto last = plain_get(hops.back().url(), path);
            EXPECT_EQ(first.status, 200) << path;
            if (!path.starts_with("/changelog")) {
                EXPECT_EQ(first.body, last.body) << path;
            }
            EXPECT_EQ(last.status, 200) << path;
        }
    };
    expect_same();
    m_house.must("mirror", {"add", "--dir", "master", m_house.make_wheel({.version = "2.0"})});
    m_house.must("mirror", {"compact", "--dir", "master", "--keep", "0"});
    for (const auto& mirror : mirrors) {
        EXPECT_THAT(
            m_house.must("mirror", {"sync", "--dir", mirror, "--dry-run"}).output,
            HasSubstr("would fetch sample at serial 6, here at 4")
        );
        m_house.must("mirror", {"sync", "--dir", mirror});
        EXPECT_THAT(
            m_house.must("mirror", {"status", "--dir", mirror, "--json"}).output,
            ::testing::AllOf(
                HasSubstr("\"serial\": 6"),
                HasSubstr("\"behind\": 0"),
                HasSubstr("\"checkpoint\": 6")
            )
        );
    }
    expect_same();
    EXPECT_EQ(m_house.fetch({hops.back().url()}, {"--verify", "sample"}).outcome.exit_code, 0);
}

}  // namespace
}  // namespace heliograph::test_support
