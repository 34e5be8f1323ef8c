// SPDX-License-Identifier: Apache-2.0
// Reports for people, to keep in a file.
#pragma once

#include <verify/report/check_report.hpp>

#include <string>

namespace heliograph::verify {

/// A line for each item that holds and for each finding, then `verified N of N`.
/// @return  Printable ASCII lines. @thread Safe. @cost One pass.
[[nodiscard]] std::string plain_text_of(const CheckReport& report);

}  // namespace heliograph::verify
