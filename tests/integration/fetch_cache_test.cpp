// SPDX-License-Identifier: Apache-2.0
// What `fetch` keeps from run to run: taken by any page that promises it, right or not at all, and
// never a reason to fail, on a disk that is full and after a kill at any step.
#include <tests/integration/adversary.hpp>
#include <tests/support/failing_system.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string taken = "taken from the cache";

class FetchCache : public AdversaryTest {
  protected:
    FetchCache() {
        std::ofstream(m_house / "list") << m_master->url() << '\n';
        fs::create_directory(cache());
    }

    fs::path cache() const { return m_house / "cache"; }
    fs::path entry() const {
        const auto hex = sha256_hex(m_wheel);
        return cache() / "heliograph" / "files" / hex.substr(0, 2) / hex.substr(2);
    }

    /// Into a folder of its own.
    Command command(std::vector<std::string> more = {}) {
        m_place = m_house / ("place" + std::to_string(++m_places));
        std::vector<std::string> arguments{
            "--verify", "sample", "--trust", "trust.json", "--mirrors", "list", "--dest", m_place};
        arguments.insert(arguments.end(), more.begin(), more.end());
        auto made = m_house.command("fetch", arguments);
        made.environment.erase("HELIOGRAPH_NO_CACHE");
        made.environment["XDG_CACHE_HOME"] = cache();
        return made;
    }

    void expect_right(const Outcome& outcome) const {
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_EQ(contents_of(m_place), (std::map<std::string, std::string>{{m_name, m_wheel}}));
    }

    std::string fetch(std::vector<std::string> more = {}) {
        const auto outcome = run_unsynced(m_house.folder(), command(std::move(more)));
        expect_right(outcome);
        return outcome.output + outcome.errors;
    }

    fs::path m_place;
    int m_places = 0;
};

TEST_F(FetchCache, GivesLaterRunsOfTheSameUserWhatWasFetched) {
    EXPECT_THAT(fetch(), Not(HasSubstr(taken)));
    EXPECT_THAT(fetch(), HasSubstr(taken));
    EXPECT_THAT(fetch({"--no-cache"}), Not(HasSubstr(taken)));
    EXPECT_EQ(read_text(entry()), m_wheel);
    EXPECT_THAT(fetch({"--json"}), HasSubstr(R"("origin": "cache")"));
    fs::remove(entry());
    std::ofstream(entry()) << "altered";
    EXPECT_THAT(fetch(), Not(HasSubstr(taken)));
    EXPECT_EQ(read_text(entry()), m_wheel);
}

TEST_F(FetchCache, SparesMirrorsThePagesThatDidNotChange) {
    LyingMirror front(m_master->url(), Greeting::tls, m_house.server_identity());
    std::ofstream(m_house / "list") << front.url() << '\n';
    std::vector<int> statuses;
    front.alter(sample_page, [&](Reply& reply) { statuses.push_back(reply.status); });
    fetch();
    fetch();
    fetch({"--no-cache"});
    EXPECT_EQ(statuses, (std::vector<int>{200, 304, 200}));
    // Another page under the same signer.
    m_house.must("mirror", {"status", "set", "--dir", "master", "deprecated", "sample"});
    fetch();
    fetch();
    EXPECT_EQ(statuses, (std::vector<int>{200, 304, 200, 200, 304}));
}

TEST_F(FetchCache, JudgesAPageThatDidNotChangeByTheSignersOfToday) {
    LyingMirror front(m_master->url(), Greeting::tls, m_house.server_identity());
    std::ofstream(m_house / "list") << front.url() << '\n';
    fetch();
    // The same page under another signature: nothing of the kept one holds any more.
    m_house.must("pki", {"issue", "signer", "next", "--dir", "pki"});
    m_house.must("mirror", {"resign", "--dir", "master", "--signer", "pki/issued/next/bundle.pem"});
    m_house.must("mirror", {"resign", "--dir", "master", "--end-overlap"});
    fetch();
    m_house.must("pki", {"revoke", "next", "--dir", "pki"});
    m_house.must("mirror", {"crl", "--dir", "master", "pki/crl.pem"});
    const auto refused = run_unsynced(m_house.folder(), command());
    EXPECT_EQ(refused.exit_code, 1) << refused.errors;
    EXPECT_THAT(refused.errors, HasSubstr("signer-revoked"));
}

TEST_F(FetchCache, IsNoAnswerToAQuestionThatWasNotAsked) {
    LyingMirror front(m_master->url(), Greeting::tls, m_house.server_identity());
    std::ofstream(m_house / "list") << front.url() << '\n';
    front.say(sample_page, status(304));
    const auto outcome = run_unsynced(m_house.folder(), command());
    EXPECT_EQ(outcome.exit_code, 5) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr("304"));
}

TEST_F(FetchCache, IsAllThatOfflineRunsAsk) {
    const auto offline = [&](std::vector<std::string> more) {
        more.emplace_back("--offline");
        auto made = command(std::move(more));
        const auto unshare = [](Command inner) {
            inner.arguments.insert(inner.arguments.begin(), {"-rn", inner.program.string()});
            inner.program = "unshare";
            return heliograph::test_support::run(inner);
        };
        auto nothing = made;
        nothing.program = "true";
        nothing.arguments.clear();
        // Without a network where this machine lets us.
        return unshare(nothing).exit_code == 0 ? unshare(made)
                                               : heliograph::test_support::run(made);
    };
    const std::vector<std::string> closure{"--deps", "--python", "3.11"};
    EXPECT_EQ(offline({}).exit_code, 4) << "nothing is kept yet";
    fetch(closure);
    m_master.reset();
    const auto taken_there = offline({});
    expect_right(taken_there);
    EXPECT_THAT(taken_there.errors, HasSubstr("page-kept"));
    expect_right(offline(closure));
    auto lock = command();
    lock.arguments = {
        "lock",
        "sample",
        "--python",
        "3.11",
        "--trust",
        "trust.json",
        "--mirrors",
        "list",
        "-o",
        "pylock.toml",
        "--offline"};
    EXPECT_EQ(heliograph::test_support::run(lock).exit_code, 0);
    EXPECT_THAT(read_text(m_house / "pylock.toml"), HasSubstr(sha256_hex(m_wheel)));
    const auto other = offline({"other"});
    EXPECT_EQ(other.exit_code, 4);
    EXPECT_THAT(other.errors, HasSubstr("page of project other: expected it among what earlier"));
    EXPECT_EQ(offline({"--no-cache"}).exit_code, 2);
}

TEST_F(FetchCache, CopiesWhatCannotHaveASecondName) {
    const auto link = std::uint64_t{1} << static_cast<unsigned>(Operation::link);
    const FailNth across_disks{
        .nth = 1, .error = EXDEV, .duration = FailNth::Duration::once, .kinds = link};
    const FaultyRun first = run_with(across_disks, cache(), command());
    ASSERT_TRUE(first.struck());
    expect_right(first.outcome);
    EXPECT_EQ(read_text(entry()), m_wheel);
    EXPECT_EQ(fs::hard_link_count(entry()), 1U);
    EXPECT_THAT(fetch(), HasSubstr(taken));
}

TEST_F(FetchCache, FailsNobodyOnADiskThatIsFull) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const FaultyRun full = run_with(FailNth{.nth = nth}, cache(), command());
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
        expect_right(full.outcome);
        if (!full.struck()) {
            EXPECT_GT(nth, 3U);
            break;
        }
        EXPECT_THAT(full.outcome.errors, HasSubstr("are not kept as they should be"));
        fetch();
        fs::remove_all(cache() / "heliograph");
    }
}

TEST_F(FetchCache, GivesNothingWrongAfterAKillAtAnyStep) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const FaultyRun killed = run_with(KillNth{.nth = nth}, cache(), command());
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            expect_right(killed.outcome);
            EXPECT_GT(nth, 3U);
            break;
        }
        fetch();
        EXPECT_EQ(read_text(entry()), m_wheel);
        fs::remove_all(cache() / "heliograph");
    }
}

}  // namespace
}  // namespace heliograph::test_support
