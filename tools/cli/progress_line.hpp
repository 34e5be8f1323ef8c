// SPDX-License-Identifier: Apache-2.0
// One bar as a line of text: what, how far, how fast, how long still.
#pragma once

#include <tools/cli/progress.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace heliograph::tools {

struct ProgressFigures {
    std::string label;
    ProgressUnit unit = ProgressUnit::items;
    std::uint64_t done = 0;
    std::uint64_t total = 0;  ///< 0: not known.
    std::chrono::steady_clock::duration elapsed{};
};

/// `wheel [######......] 3 of 12, 2/s, 5 s left`: rate and time left once there is something to
/// reckon with.
/// @param most_columns  What is longer is cut off, of the label first.
/// @thread Safe.
[[nodiscard]] std::string progress_line(const ProgressFigures& figures, std::size_t most_columns);

}  // namespace heliograph::tools
