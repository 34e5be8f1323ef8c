// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_board.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace heliograph::tools {
namespace {

using ::testing::HasSubstr;

ProgressFigures row(std::string label) {
    return {std::move(label), ProgressUnit::bytes, 5, 10, std::chrono::seconds(1)};
}

TEST(ProgressLine, TellsHowFarHowFastAndHowLongStill) {
    EXPECT_EQ(
        progress_line(row("a"), 200),
        "a [############............] 5 bytes of 10 bytes, 5 bytes/s, 1 s left"
    );
    EXPECT_EQ(progress_line(row("a\x1b[2J"), 8), "a\\x1b[2J");
}

TEST(ProgressLine, CutsTheNameBeforeTheFigures) {
    const auto figures = row("a_long_name-1.0-py3-none-any.whl");
    EXPECT_EQ(
        progress_line(figures, 90),
        "a_long_name-1.0-py3... [############............] 5 bytes of 10 bytes, 5 bytes/s, 1 s left"
    );
    const auto narrow = progress_line(figures, 40);
    EXPECT_EQ(narrow.size(), 40U);
    EXPECT_TRUE(narrow.starts_with("a_long_name-1... [#")) << narrow;
}

TEST(ProgressBoard, DrawsItsRowsInPlaceAndLeavesNothingBehind) {
    ::testing::internal::CaptureStderr();
    {
        ProgressBoard board;
        board.draw({row("one"), row("two"), row("all")});
        board.draw({row("all")});
    }
    const std::string drawn = ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(drawn.starts_with("one [")) << "nothing is wiped that is not ours";
    EXPECT_THAT(drawn, HasSubstr("\r\x1b[2A\x1b[J"));
    EXPECT_TRUE(drawn.ends_with("\r\x1b[J")) << "one line is left, the cursor stands on it";
}

TEST(ProgressBoard, ShowsTheLastRowHoweverManyThereAre) {
    ::testing::internal::CaptureStderr();
    {
        ProgressBoard board;
        std::vector<ProgressFigures> rows(64, row("file"));
        rows.push_back(row("all of them"));
        board.draw(rows);
    }
    const std::string drawn = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(drawn.begin(), drawn.end(), '\n'), 9);
    EXPECT_THAT(drawn, HasSubstr("all of them"));
}

}  // namespace
}  // namespace heliograph::tools
