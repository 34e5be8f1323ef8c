// SPDX-License-Identifier: Apache-2.0
// Threats T19 and T23 against `mirror sync`: killed, powered off, out of room, or lied to by its
// upstream, a mirror never stores what a client would refuse, and the next sync completes it with
// the upstream's own bytes.
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SyncDurability : public ::testing::Test {
  protected:
    SyncDurability() {
        m_house.make_master(
            {m_house.make_wheel({.name = "sample"}), m_house.make_wheel({.name = "other"})}
        );
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("mirror", m_master->url());
    }

    fs::path fresh_root() {
        const fs::path root = m_house / ("case" + std::to_string(++m_cases));
        fs::create_directory(root);
        copy_folder(m_house / "mirror", root / "mirror");
        return root;
    }

    [[nodiscard]] Command sync(const fs::path& root) const {
        return m_house.command("mirror", {"sync", "--dir", root / "mirror"});
    }

    /// What is there is sound; one more sync and all is there, with nothing left behind.
    void expect_completable(const fs::path& root) {
        m_house.must("mirror", {"verify", "--dir", root / "mirror"});
        const Outcome again = run_unsynced(root, sync(root));
        EXPECT_EQ(again.exit_code, 0) << again.errors;
        if (m_undisturbed.empty()) {
            const fs::path calm = fresh_root();
            EXPECT_EQ(run_unsynced(calm, sync(calm)).exit_code, 0);
            m_undisturbed = account(calm);
        }
        EXPECT_EQ(account(root), m_undisturbed);
    }

    /// What `mirror verify` counts, and every stored file.
    std::vector<std::string> account(const fs::path& root) {
        const fs::path folder = root / "mirror";
        std::vector<std::string> account{
            m_house.must("mirror", {"verify", "--dir", folder}).output};
        for (const auto& [name, content] : contents_of(folder / "blobs")) {
            account.push_back(name);
        }
        return account;
    }

    Household m_house;
    std::optional<Serving> m_master;
    std::vector<std::string> m_undisturbed;
    int m_cases{0};
};

TEST_F(SyncDurability, SurvivesAKillBeforeEverySystemCall) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const FaultyRun killed = run_with(KillNth{nth}, root, sync(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
        if (!killed.struck()) {
            EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
            EXPECT_GT(nth, 10U);
            break;
        }
        expect_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(SyncDurability, SurvivesPowerLossAtEveryMoment) {
    const fs::path root = fresh_root();
    const ForgetfulDisk disk(root);
    const FaultyRun recorded = run_with(Record{}, root, sync(root));
    ASSERT_EQ(recorded.outcome.exit_code, 0) << recorded.outcome.errors;
    for (const Survival survival :
         {Survival::synced_only, Survival::names_first, Survival::bytes_first}) {
        for (const DiskImage& image : disk.images_to_try(recorded.steps, survival)) {
            SCOPED_TRACE(
                "survival " + std::to_string(static_cast<int>(survival)) + ", after " +
                (image.after_step == 0 ? "nothing" : describe(recorded.steps[image.after_step - 1]))
            );
            const fs::path left = m_house / ("image" + std::to_string(++m_cases));
            image.write_to(left);
            expect_completable(left);
            if (HasFailure()) {
                return;
            }
            fs::remove_all(left);
        }
    }
}

TEST_F(SyncDurability, SaysSoAndCompletesLaterOnAFullDisk) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = fresh_root();
        const FaultyRun full = run_with(FailNth{nth, ENOSPC}, root, sync(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
        if (!full.struck()) {
            break;
        }
        if (full.outcome.exit_code != 0) {
            EXPECT_EQ(full.outcome.exit_code, 7) << full.outcome.errors;
            EXPECT_THAT(full.outcome.errors, HasSubstr("error: "));
        }
        expect_completable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

TEST_F(SyncDurability, LeavesAFolderToTheProcessThatIsAtWorkInIt) {
    ScriptedServer silent(Greeting::tls, m_house.server_identity());
    silent.otherwise([](const Request&) {
        Reply reply;
        reply.act = Misbehaviour::black_hole;
        return reply;
    });
    m_house.make_mirror("held", silent.url());
    Process holder(m_house.command("mirror", {"sync", "--dir", "held"}));
    while (silent.requests().empty()) {
        std::this_thread::yield();
    }
    const Outcome second = m_house.run("mirror", {"sync", "--dir", "held"});
    EXPECT_EQ(second.exit_code, 7);
    EXPECT_THAT(second.errors, HasSubstr("process " + std::to_string(holder.pid())));
    const Outcome ended = holder.stop();
    EXPECT_EQ(ended.signal == 0 ? ended.exit_code : 7, 7) << ended.errors;
}

}  // namespace
}  // namespace heliograph::test_support
