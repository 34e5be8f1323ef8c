// SPDX-License-Identifier: Apache-2.0
// A large file on a slow line: `mirror sync` that is killed in the middle of it, or whose line is
// cut, goes on where it stopped, by the real programs.
#include <tests/integration/household.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <thread>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::uint64_t megabyte = 1'000'000;

class Resume : public ::testing::Test {
  protected:
    Resume() {
        // Five megabytes that no archive makes smaller.
        std::mt19937 dice(381);
        std::string payload(5 * megabyte, ' ');
        std::generate(payload.begin(), payload.end(), [&] { return static_cast<char>(dice()); });
        const auto wheel = m_house.make_wheel({.name = "large", .payload = payload});
        m_content = read_text(wheel);
        m_file = package_path(m_content, wheel.filename());
        m_house.make_master({wheel, m_house.make_wheel({.name = "small"})});
        m_master.emplace(m_house.serve("master"));
        m_line.emplace(m_master->url(), Greeting::tls, m_house.server_identity());
        m_house.make_mirror("mirror", m_line->url());
    }

    /// Bytes of the file that lie in the mirror's folder before it is whole.
    [[nodiscard]] std::uint64_t bytes_here() const {
        std::error_code none;
        for (fs::directory_iterator walk(m_house / "mirror/blobs/unfinished", none);
             !none && walk != fs::directory_iterator();
             walk.increment(none)) {
            return walk->file_size(none);
        }
        return 0;
    }

    /// The ranges in which the file was asked for from here on.
    [[nodiscard]] std::vector<Request> questions_since(std::size_t first) const {
        std::vector<Request> asked;
        const auto requests = m_line->server().requests();
        for (std::size_t at = first; at < requests.size(); ++at) {
            if (requests[at].target == m_file) {
                asked.push_back(requests[at]);
            }
        }
        return asked;
    }

    void sync_and_expect_only_the_rest(std::uint64_t at_least) {
        m_line->repent();
        const auto before = m_line->server().requests().size();
        const Outcome outcome = m_house.must("mirror", {"sync", "--dir", "mirror", "--retry"});
        const auto asked = questions_since(before);
        ASSERT_EQ(asked.size(), 1U);
        const std::string range = asked[0].header("Range");
        ASSERT_THAT(range, HasSubstr("bytes="));
        EXPECT_GE(std::stoull(range.substr(6)), at_least) << "what came before is not sent again";
        EXPECT_EQ(asked[0].header("If-Range"), '"' + sha256_hex(m_content) + '"');
        EXPECT_EQ(
            read_text(
                m_house / "mirror/blobs" / sha256_hex(m_content).substr(0, 2) /
                sha256_hex(m_content)
            ),
            m_content
        );
        EXPECT_EQ(bytes_here(), 0U);
        m_house.must("mirror", {"verify", "--dir", "mirror"});
    }

    Household m_house;
    std::string m_content;
    std::string m_file;
    std::optional<Serving> m_master;
    std::optional<LyingMirror> m_line;
};

TEST_F(Resume, AfterAKillInTheMiddleOfAFileTakesOnlyTheRest) {
    m_line->misbehave(Target::path(m_file), Misbehaviour::drip, 3 * megabyte);
    {
        Process killed(m_house.command("mirror", {"sync", "--dir", "mirror"}));
        // What is on its way in the buffers of both sides is lost.
        while (bytes_here() < 3 * megabyte - 100'000) {
            std::this_thread::yield();
        }
        killed.send_signal(SIGKILL);
        EXPECT_EQ(killed.wait().signal, SIGKILL);
    }
    sync_and_expect_only_the_rest(3 * megabyte - 100'000);
}

TEST_F(Resume, AfterACutLineTakesOnlyTheRest) {
    m_line->misbehave(Target::path(m_file), Misbehaviour::close, 3 * megabyte);
    m_line->alter(Target::path(m_file), [](Reply& reply) {
        if (reply.status == 206) {
            reply = status(503);
        }
    });
    const Outcome cut = m_house.run("mirror", {"sync", "--dir", "mirror"});
    EXPECT_EQ(cut.exit_code, 5) << cut.errors;
    const auto here = bytes_here();
    EXPECT_GT(here, 256U * 1024);
    sync_and_expect_only_the_rest(here);
}

TEST_F(Resume, OfBytesThatAreWrongHereThrowsThemAwayOnce) {
    m_line->misbehave(Target::path(m_file), Misbehaviour::stall, 3 * megabyte);
    {
        Process killed(m_house.command("mirror", {"sync", "--dir", "mirror"}));
        while (bytes_here() < megabyte) {
            std::this_thread::yield();
        }
        killed.send_signal(SIGKILL);
        static_cast<void>(killed.wait());
    }
    for (const auto& entry : fs::directory_iterator(m_house / "mirror/blobs/unfinished")) {
        // As after a power loss: the length is there, the bytes are not.
        const auto size = fs::file_size(entry);
        fs::resize_file(entry, 0);
        fs::resize_file(entry, size);
    }
    m_line->repent();
    const auto before = m_line->server().requests().size();
    m_house.must("mirror", {"sync", "--dir", "mirror", "--retry"});
    const auto asked = questions_since(before);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_THAT(asked[0].header("Range"), HasSubstr("bytes="));
    EXPECT_EQ(asked[1].header("Range"), "");
    m_house.must("mirror", {"verify", "--dir", "mirror"});
}

}  // namespace
}  // namespace heliograph::test_support
