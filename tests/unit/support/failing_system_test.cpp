// SPDX-License-Identifier: Apache-2.0
// The fault drivers tested on small programs, good and bad: a driver that lets a careless program
// pass proves nothing.
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>
#include <tests/support/places.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;

using Files = std::map<std::string, std::string>;

Command probe(std::vector<std::string> arguments) {
    return {.program = disk_probe_program, .arguments = std::move(arguments)};
}

/// A folder of its own with one file `name` that holds "old".
class FailingSystemTest : public ::testing::Test {
  protected:
    void SetUp() override {
        fs::create_directory(m_root);
        std::ofstream(m_file) << "old";
    }

    [[nodiscard]] Files files() const { return contents_of(m_root); }

    /// All that a power loss can leave of `disk_probe VERB name "brand new"`.
    [[nodiscard]] std::vector<Files> after_power_loss(const std::string& verb, Survival survival) {
        const ForgetfulDisk disk(m_root);
        const FaultyRun run = run_with(Record{}, m_root, probe({verb, m_file, "brand new"}));
        EXPECT_EQ(run.outcome.exit_code, 0) << run.outcome.errors;
        std::vector<Files> left;
        for (const DiskImage& image : disk.images(run.steps, survival)) {
            const test::TempFolder scratch;
            image.write_to(scratch / "image");
            left.push_back(contents_of(scratch / "image"));
        }
        return left;
    }

    test::TempFolder m_folder;
    fs::path m_root = m_folder / "root";
    fs::path m_file = m_root / "name";
};

TEST_F(FailingSystemTest, RecordsEveryStepWithItsBytes) {
    const FaultyRun run = run_with(Record{}, m_root, probe({"careless", m_file, "brand new"}));
    EXPECT_EQ(run.outcome.exit_code, 0);
    ASSERT_EQ(run.steps.size(), 3U);
    EXPECT_EQ(describe(run.steps[0]), "create " + m_file.string() + ".new (done)");
    EXPECT_EQ(run.steps[1].data, "brand new");
    EXPECT_EQ(
        describe(run.steps[2]),
        "rename " + m_file.string() + ".new -> " + m_file.string() + " (done)"
    );
    EXPECT_FALSE(run.struck());
}

TEST_F(FailingSystemTest, LeavesEverythingOutsideTheRootAlone) {
    fs::create_directory(m_folder / "elsewhere");
    const FaultyRun run =
        run_with(KillNth{1}, m_folder / "elsewhere", probe({"careless", m_file, "brand new"}));
    EXPECT_EQ(run.outcome.exit_code, 0);
    EXPECT_TRUE(run.steps.empty());
    EXPECT_THAT(files(), ElementsAre(Pair("name", "brand new")));
}

TEST_F(FailingSystemTest, KillsBeforeTheStepAskedFor) {
    const FaultyRun run = run_with(KillNth{2}, m_root, probe({"careless", m_file, "brand new"}));
    EXPECT_EQ(run.outcome.signal, SIGKILL);
    EXPECT_TRUE(run.struck());
    EXPECT_THAT(files(), ElementsAre(Pair("name", "old"), Pair("name.new", "")));
}

TEST_F(FailingSystemTest, TearsAWriteAndKills) {
    const FaultyRun run = run_with(
        KillNth{1, KillNth::Moment::torn}, m_root, probe({"in-place", m_file, "BRAND NEW"})
    );
    EXPECT_EQ(run.outcome.signal, SIGKILL);
    EXPECT_THAT(files(), ElementsAre(Pair("name", "BRAN")));
}

TEST_F(FailingSystemTest, FailsTheStepAskedForAndAllLaterOnes) {
    const FaultyRun run =
        run_with(FailNth{2, ENOSPC}, m_root, probe({"careless", m_file, "brand new"}));
    EXPECT_EQ(run.outcome.exit_code, 7);
    EXPECT_TRUE(run.struck());
    EXPECT_THAT(files(), ElementsAre(Pair("name", "old"), Pair("name.new", "")));
}

TEST_F(FailingSystemTest, DoesNotStrikeAfterTheLastStep) {
    const FaultyRun run = run_with(KillNth{4}, m_root, probe({"careless", m_file, "brand new"}));
    EXPECT_EQ(run.outcome.exit_code, 0);
    EXPECT_FALSE(run.struck());
}

TEST_F(FailingSystemTest, CatchesARenameWithoutSyncedBytes) {
    // The famous empty file: the new name survives and the bytes do not.
    EXPECT_THAT(after_power_loss("careless", Survival::names_first), Contains(Files{{"name", ""}}));
}

TEST_F(FailingSystemTest, CatchesAnAcknowledgedFileThatIsGone) {
    EXPECT_EQ(after_power_loss("careless", Survival::synced_only).back(), (Files{{"name", "old"}}));
}

TEST_F(FailingSystemTest, CatchesAFileOverwrittenInPlace) {
    EXPECT_EQ(after_power_loss("in-place", Survival::synced_only).back(), (Files{{"name", "old"}}));
    EXPECT_EQ(
        after_power_loss("in-place", Survival::bytes_first).back(), (Files{{"name", "brand new"}})
    );
}

}  // namespace
}  // namespace heliograph::test_support
