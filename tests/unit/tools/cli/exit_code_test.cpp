// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/exit_code.hpp>

#include <gtest/gtest.h>

namespace heliograph::tools {
namespace {

TEST(ExitCode, FollowsTheCauseOfAnError) {
    const std::pair<ErrorCode, int> expected[] = {
        {ErrorCode::invalid_argument, 2},
        {ErrorCode::malformed, 1},
        {ErrorCode::too_large, 1},
        {ErrorCode::not_found, 3},
        {ErrorCode::exists, 7},
        {ErrorCode::denied, 7},
        {ErrorCode::io, 7},
        {ErrorCode::network, 5},
        {ErrorCode::timeout, 5},
        {ErrorCode::cancelled, 7},
        {ErrorCode::unsupported, 7},
        {ErrorCode::conflict, 7},
        {ErrorCode::crypto, 7},
        {ErrorCode::internal, 7}};
    for (const auto& [code, exit_code] : expected) {
        EXPECT_EQ(static_cast<int>(exit_code_of(Error(code, "x"))), exit_code)
            << error_code_name(code);
    }
}

TEST(ExitCode, FollowsTheCauseOfAFinding) {
    EXPECT_EQ(static_cast<int>(exit_code_of(verify::Cause::false_evidence)), 1);
    EXPECT_EQ(static_cast<int>(exit_code_of(verify::Cause::missing_evidence)), 4);
    EXPECT_EQ(static_cast<int>(exit_code_of(verify::Cause::stale_evidence)), 6);
    EXPECT_EQ(static_cast<int>(exit_code_of(verify::Cause::not_found)), 3);
}

TEST(ExitCode, OfAVerdictThatCheckedNothingIsNotDone) {
    EXPECT_EQ(exit_code_of(verify::Verdict()), ExitCode::evidence_missing);
    verify::Verdict good;
    good.pass("page signature");
    EXPECT_EQ(exit_code_of(good), ExitCode::done);
}

TEST(ExitCode, HasAMeaningForEveryCode) {
    int code = 0;
    for (const auto& meaning : exit_code_meanings()) {
        EXPECT_EQ(static_cast<int>(meaning.code), code++);
    }
    EXPECT_EQ(code, 8);
}

}  // namespace
}  // namespace heliograph::tools
