// SPDX-License-Identifier: Apache-2.0
// Expectations on Result: an error of a code, or a value.
#pragma once

#include <pki/base/result.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace heliograph::test {

/// Expects an Error of the given code, with a message that holds the given words.
template <typename T>
void expect_error(const Result<T>& result, ErrorCode code, const std::string& words = "") {
    ASSERT_FALSE(result.has_value())
        << "expected an error " << error_code_name(code) << ", saw a value";
    EXPECT_EQ(error_code_name(result.error().code()), error_code_name(code))
        << result.error().describe();
    EXPECT_THAT(result.error().describe(), ::testing::HasSubstr(words));
}

/// Succeeds for a value; prints the error otherwise. `EXPECT_TRUE(succeeded(call()))`.
template <typename T>
[[nodiscard]] ::testing::AssertionResult succeeded(const Result<T>& result) {
    if (result.has_value()) {
        return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure()
           << error_code_name(result.error().code()) << ": " << result.error().describe();
}

}  // namespace heliograph::test
