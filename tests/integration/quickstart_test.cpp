// SPDX-License-Identifier: Apache-2.0
// samples/quickstart.sh, with the programs of this build.
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

Command quickstart(const test::TempFolder& folder) {
    return {
        .program = std::filesystem::path(source_folder) / "samples" / "quickstart.sh",
        .environment =
            {
                {"HELIOGRAPH_BIN", program_folder},
                {"TMPDIR", folder.path().string()},
                {"HOME", folder.path().string()},
            },
        .patience = std::chrono::seconds(100),
    };
}

TEST(Quickstart, DoesTheMainJobAndLeavesNothingBehind) {
    const test::TempFolder folder;
    const Outcome outcome = run(quickstart(folder));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("Done in "));
    EXPECT_THAT(outcome.output, HasSubstr("[file-hash-mismatch]"));
    EXPECT_THAT(outcome.output, HasSubstr("was found out"));
    EXPECT_THAT(outcome.output, HasSubstr("(exit code 1)\n   nothing was written"));
    EXPECT_THAT(outcome.output, HasSubstr("repaired setuptools"));
    EXPECT_EQ(outcome.errors, "");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Quickstart, EndsItsServersAndRemovesItsFolderWhenItIsInterrupted) {
    const test::TempFolder folder;
    Process process(quickstart(folder));
    EXPECT_THAT(process.wait_for_line(Stream::output, "mirror1 serves"), HasSubstr("https://"));
    process.send_signal(SIGINT);
    EXPECT_EQ(process.wait().exit_code, 130);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace heliograph::test_support
