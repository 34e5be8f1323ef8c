// SPDX-License-Identifier: Apache-2.0
// The check beside a running server: damage and nothing else is told, while others write.
#include <mirror/publish/publisher.hpp>
#include <mirror/sync/background_scrub.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::succeeded;

// Remembers what it was told, and can be waited for.
class HeardEvents final : public EventSink {
  public:
    void emit(const Event& event) override {
        const std::lock_guard lock(m_mutex);
        m_names.push_back(event.name);
        m_texts.push_back(event.fields.empty() ? "" : event.fields.back().value);
        m_came.notify_all();
    }

    void wait_for(const std::string& name) {
        std::unique_lock lock(m_mutex);
        m_came.wait(lock, [&] { return count(name) > 0; });
    }

    [[nodiscard]] std::ptrdiff_t counted(const std::string& name) {
        const std::lock_guard lock(m_mutex);
        return count(name);
    }

    /// The last fields of all events of this name.
    [[nodiscard]] std::vector<std::string> texts_of(const std::string& name) {
        const std::lock_guard lock(m_mutex);
        std::vector<std::string> texts;
        for (std::size_t at = 0; at < m_names.size(); ++at) {
            if (m_names[at] == name) {
                texts.push_back(m_texts[at]);
            }
        }
        return texts;
    }

  private:
    [[nodiscard]] std::ptrdiff_t count(const std::string& name) const {
        return std::count(m_names.begin(), m_names.end(), name);
    }

    std::mutex m_mutex;
    std::condition_variable m_came;
    std::vector<std::string> m_names;
    std::vector<std::string> m_texts;  ///< One for each name.
};

// Asks the round to stop at the first damage that it tells of.
class StopAtDamage final : public EventSink {
  public:
    void emit(const Event& event) override {
        if (event.name == "scrub.project.damaged") {
            ++told;
            stop.request_stop();
        }
    }

    std::stop_source stop;
    int told = 0;
};

// Somebody acts whenever a check begins, also a second one: it asks for the time then.
class ActingClock final : public Clock {
  public:
    ActingClock(const Clock& clock, std::function<void()> act)
        : m_clock(clock), m_act(std::move(act)) {}

    [[nodiscard]] Instant now() const override {
        m_act();
        return m_clock.now();
    }

  private:
    const Clock& m_clock;
    std::function<void()> m_act;
};

class BackgroundScrubTest : public ::testing::Test {
  protected:
    BackgroundScrubTest()
        : folder(MirrorFolder::init(temp / "master", {}).value()),
          catalog(folder.open_catalog().value()),
          blobs(folder.open_blobs()) {
        EXPECT_TRUE(succeeded(write_file_atomically(
            folder.trust_path(), bytes_of(verify::render_trust_bundle(master.trust()))
        )));
        static_cast<void>(publisher().publish_evidence({master.signer().chain_pem(), ""}).value());
        for (const std::string name : {"a", "b", "c"}) {
            digests.push_back(add(name, "1.0").path.digest());
        }
    }

    Publisher publisher() {
        return Publisher({*catalog, *blobs, master.signer(), master.clock, silence});
    }

    FileRecord add(const std::string& name, const std::string& version) {
        const auto path = master.write(name, version, name + version);
        return publisher().add({path}).value().front().record;
    }

    [[nodiscard]] std::filesystem::path place_of(const pki::Sha256& digest) const {
        const auto hex = digest.to_hex();
        return folder.path() / "blobs" / hex.substr(0, 2) / hex;
    }

    void damage(const pki::Sha256& digest) const {
        std::ofstream(place_of(digest), std::ios::binary | std::ios::trunc) << "other bytes";
    }

    static constexpr std::uint64_t fast = 1'000'000'000;

    TestMaster master;
    test::TempFolder temp;
    SilentSink silence;
    HeardEvents events;
    MirrorFolder folder;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    std::vector<pki::Sha256> digests;
};

TEST_F(BackgroundScrubTest, LooksAtAllAndLeavesANote) {
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, events);
    const auto note = scrub.run_round({}).value();
    EXPECT_EQ(note.projects, 3U);
    EXPECT_EQ(note.stored_files, 6U);
    EXPECT_EQ(note.damaged_projects, 0U);
    EXPECT_EQ(load_scrub_note(folder.path() / "scrub.json").value(), note);
    EXPECT_EQ(events.counted("scrub.round.ended"), 1);
    EXPECT_EQ(events.counted("scrub.project.damaged"), 0);
}

TEST_F(BackgroundScrubTest, TellsDamageWhileAnotherProcessHoldsTheFolder) {
    damage(digests[1]);
    const auto lock = folder.lock().value();
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, events);
    const auto note = scrub.run_round({}).value();
    EXPECT_EQ(note.damaged, std::vector<std::string>{"b"});
    EXPECT_EQ(events.counted("scrub.project.damaged"), 1);
}

TEST_F(BackgroundScrubTest, TakesNoPublishForDamage) {
    std::atomic<bool> over{false};
    std::jthread writer([&] {
        for (int round = 2; !over; ++round) {
            const auto version = std::to_string(round) + ".0";
            for (const std::string name : {"a", "b", "d"}) {
                add(name, version);
            }
            static_cast<void>(publisher().remove_project(verify::parse_normalised_name("d").value())
            );
            static_cast<void>(publisher().remove_release(
                {verify::parse_normalised_name("a").value(), verify::parse_version(version).value()}
            ));
        }
    });
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, events);
    for (int round = 0; round < 10; ++round) {
        const auto note = scrub.run_round({});
        EXPECT_TRUE(succeeded(note));
        EXPECT_EQ(note ? note->damaged : std::vector<std::string>{"?"}, std::vector<std::string>());
    }
    over = true;
}

TEST_F(BackgroundScrubTest, TellsOfADamagedFileWhateverIsPublishedBesideIt) {
    damage(digests[1]);
    int version = 2;
    const ActingClock clock(master.clock, [&] { add("b", std::to_string(version++) + ".0"); });
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, clock, events);
    const auto note = scrub.run_round({}).value();
    EXPECT_EQ(note.damaged, std::vector<std::string>{"b"});
    EXPECT_EQ(note.unsettled_projects, 0U);
    EXPECT_EQ(events.counted("scrub.project.damaged"), 1);
}

TEST_F(BackgroundScrubTest, CallsAProjectUnsettledThatChangesDuringEveryLook) {
    const auto name = verify::parse_dist_file_name("b-1.0-py3-none-any.whl").value();
    const auto transaction = catalog->begin().value();
    ASSERT_TRUE(succeeded(transaction->remove_file(name)));
    ASSERT_TRUE(succeeded(transaction->commit()));
    int version = 2;
    const ActingClock clock(master.clock, [&] { add("b", std::to_string(version++) + ".0"); });
    const auto note =
        BackgroundScrub(folder, {.bytes_per_second = fast}, clock, events).run_round({}).value();
    EXPECT_EQ(note.damaged_projects, 0U);
    EXPECT_EQ(note.unsettled_projects, 1U);
    EXPECT_EQ(events.counted("scrub.project.unsettled"), 1);
    EXPECT_EQ(load_scrub_note(folder.path() / "scrub.json").value(), note);
    const auto after = BackgroundScrub(folder, {.bytes_per_second = fast}, master.clock, events)
                           .run_round({})
                           .value();
    EXPECT_EQ(after.damaged, std::vector<std::string>{"b"}) << "once it keeps still";
}

// At a byte a second a round would take hours; a server ends at once.
TEST_F(BackgroundScrubTest, EndsInTheMiddleOfARound) {
    {
        BackgroundScrub scrub(folder, {.bytes_per_second = 1}, master.clock, events);
        ASSERT_TRUE(succeeded(scrub.start()));
        events.wait_for("scrub.round.began");
    }
    EXPECT_EQ(events.counted("scrub.round.ended"), 0);
    EXPECT_EQ(events.counted("scrub.round.failed"), 0);
    EXPECT_FALSE(load_scrub_note(folder.path() / "scrub.json").value());
}

// The disk holds a folder where a file should be: it opens, and cannot be read.
TEST_F(BackgroundScrubTest, LooksAtTheOthersWhenOneCannotBeRead) {
    std::filesystem::remove(place_of(digests[0]));
    std::filesystem::create_directory(place_of(digests[0]));
    damage(digests[2]);
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, events);
    auto damaged = scrub.run_round({}).value().damaged;
    std::sort(damaged.begin(), damaged.end());
    EXPECT_EQ(damaged, (std::vector<std::string>{"a", "c"}));
}

TEST_F(BackgroundScrubTest, TellsWhatItFindsBeforeTheRoundIsOver) {
    for (int number = 0; number < 40; ++number) {
        digests.push_back(add("p" + std::to_string(number), "1.0").path.digest());
    }
    for (const auto& digest : digests) {
        damage(digest);
    }
    StopAtDamage heard;
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, heard);
    EXPECT_EQ(scrub.run_round(heard.stop.get_token()).error().code(), ErrorCode::cancelled);
    EXPECT_EQ(heard.told, 1);
}

TEST_F(BackgroundScrubTest, TellsOnceOfASignerWhoIsOver) {
    damage(digests[1]);
    master.clock.advance(std::chrono::hours(24 * 4000));
    BackgroundScrub scrub(folder, {.bytes_per_second = fast}, master.clock, events);
    EXPECT_EQ(scrub.run_round({}).value().damaged, std::vector<std::string>{"b"});
    EXPECT_THAT(
        events.texts_of("scrub.signer.refused"),
        ::testing::ElementsAre(
            ::testing::HasSubstr("'CN=page signer', which expired"),
            ::testing::HasSubstr("'CN=Test Root', which expired")
        )
    );
}

TEST_F(BackgroundScrubTest, GoesOnRoundAfterRound) {
    BackgroundScrub scrub(
        folder,
        {.bytes_per_second = fast, .round_every = std::chrono::seconds(0)},
        master.clock,
        events
    );
    damage(digests[2]);
    ASSERT_TRUE(succeeded(scrub.start()));
    events.wait_for("scrub.project.damaged");
    events.wait_for("scrub.round.ended");
}

TEST_F(BackgroundScrubTest, TakesADamagedNoteForNone) {
    const auto place = folder.path() / "scrub.json";
    EXPECT_FALSE(load_scrub_note(place).value());
    for (const std::string text : {"", "{}", R"({"format":"heliograph-scrub-1","began":1})"}) {
        ASSERT_TRUE(succeeded(write_file_atomically(place, bytes_of(text))));
        EXPECT_FALSE(load_scrub_note(place).value()) << text;
    }
}

}  // namespace
}  // namespace heliograph::mirror
