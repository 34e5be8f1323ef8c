// SPDX-License-Identifier: Apache-2.0
// Several bars below each other, for work that goes on side by side.
#pragma once

#include <tools/cli/progress_line.hpp>

#include <cstddef>
#include <vector>

namespace heliograph::tools {

/// Lines on standard error that are drawn anew in place; wiped when the board goes.
/// @thread One thread at a time.
class ProgressBoard {
  public:
    ProgressBoard() = default;
    ProgressBoard(const ProgressBoard&) = delete;
    ProgressBoard& operator=(const ProgressBoard&) = delete;
    ~ProgressBoard();

    /// @param rows  From the top; of more than fits a screen the first ones and the last are shown.
    void draw(const std::vector<ProgressFigures>& rows);
    /// Gives the lines back to whoever prints next.
    void wipe();

  private:
    std::size_t m_lines = 0;  ///< That stand there now.
};

}  // namespace heliograph::tools
