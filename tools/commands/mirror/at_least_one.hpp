// SPDX-License-Identifier: Apache-2.0
// Counts and rates on the command line, of which zero would mean nothing.
#pragma once

#include <verify/verdict/finding.hpp>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

#include <string>

namespace heliograph::tools::mirror_commands {

/// CLI11's own names the largest floating-point number, all 309 digits of it.
inline CLI::Validator at_least_one() {
    return {
        [](const std::string& text) {
            const bool is_number = !text.empty() &&
                                   text.find_first_not_of("0123456789") == std::string::npos &&
                                   text.find_first_not_of('0') != std::string::npos;
            return is_number ? std::string()
                             : "expected a whole number of 1 or more, saw '" +
                                   verify::printable(text) + "'";
        },
        ""};
}

}  // namespace heliograph::tools::mirror_commands
