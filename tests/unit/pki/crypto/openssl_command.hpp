// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tests/support/process.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace heliograph::test_support {

/// What the openssl command of this machine prints; a test that it disappoints fails.
inline std::string openssl(std::vector<std::string> arguments, const std::string& input = {}) {
    const auto outcome =
        run({.program = "openssl", .arguments = std::move(arguments), .input = input});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return outcome.output;
}

}  // namespace heliograph::test_support
