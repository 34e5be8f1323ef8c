// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/text.hpp>

#include <gtest/gtest.h>

namespace heliograph::tools {
namespace {

TEST(Text, ShowsSizesInDecimalUnits) {
    EXPECT_EQ(format_size(0), "0 bytes");
    EXPECT_EQ(format_size(1), "1 byte");
    EXPECT_EQ(format_size(999), "999 bytes");
    EXPECT_EQ(format_size(1000), "1.0 kB");
    EXPECT_EQ(format_size(1'449'999), "1.4 MB");
    EXPECT_EQ(format_size(UINT64_MAX), "18.4 EB");
}

TEST(Text, ShowsDurationsInTwoUnits) {
    EXPECT_EQ(format_duration(std::chrono::seconds(59)), "59 s");
    EXPECT_EQ(format_duration(std::chrono::seconds(185)), "3 min 5 s");
    EXPECT_EQ(format_duration(std::chrono::seconds(7800)), "2 h 10 min");
}

TEST(Text, MakesControlCharactersVisible) {
    EXPECT_EQ(visible("a\x1b[31mb\r\n\x7f\tc"), "a\\x1b[31mb\\x0d\\x0a\\x7f\tc");
    EXPECT_EQ(visible("caf\xc3\xa9"), "caf\xc3\xa9");
}

TEST(Text, SteersNoTerminalByBytesBeyondAscii) {
    EXPECT_EQ(visible("a\x9b[31m\xc2\x9b[31m"), "a\\x9b[31m\\xc2\\x9b[31m");
    EXPECT_EQ(visible("\xe2\x82"), "\\xe2\\x82");
    EXPECT_EQ(visible("\xc0\xaf\xff"), "\\xc0\\xaf\\xff");
    EXPECT_EQ(visible("\xe2\x82\xac \xf0\x9f\x94\x91"), "\xe2\x82\xac \xf0\x9f\x94\x91");
}

TEST(Text, GivesNoCommandToARunner) {
    EXPECT_EQ(visible("x ##[stop-commands]tok"), "x # #[stop-commands]tok");
    EXPECT_EQ(visible("###[a##[b"), "## #[a# #[b");
    EXPECT_EQ(without_runner_commands("\"##[a]\"", "##\\u005b"), "\"##\\u005ba]\"");
}

TEST(Text, CountsInWords) {
    EXPECT_EQ(counted(1, "file"), "1 file");
    EXPECT_EQ(counted(0, "file"), "0 files");
}

}  // namespace
}  // namespace heliograph::tools
