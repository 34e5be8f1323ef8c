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

TEST(Text, CountsInWords) {
    EXPECT_EQ(counted(1, "file"), "1 file");
    EXPECT_EQ(counted(0, "file"), "0 files");
}

}  // namespace
}  // namespace heliograph::tools
