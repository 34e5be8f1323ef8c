// SPDX-License-Identifier: Apache-2.0
// Counts as bars: for a terminal, and as a picture without scripts, fonts or links of its own.
#pragma once

#include <mirror/statistics/statistics_files.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One line a count: name, bar, number. ASCII only.
/// @param width  Columns of the whole line; at least 40 are taken. @thread Safe. @cost One pass.
[[nodiscard]] std::vector<std::string> render_bars(
    const std::vector<AccessSum>& sums, std::size_t width
);

/// A picture, SVG 1.1, well-formed whatever the title says. @thread Safe. @cost One pass.
[[nodiscard]] std::string render_svg(const std::vector<AccessSum>& sums, const std::string& title);

}  // namespace heliograph::mirror
