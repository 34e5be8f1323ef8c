// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_line.hpp>
#include <tools/cli/text.hpp>

#include <algorithm>

namespace heliograph::tools {

namespace {

constexpr auto rate_settles_after = std::chrono::milliseconds(500);
constexpr std::size_t bar_cells = 24;
constexpr std::size_t least_label_columns = 16;

std::string amount(std::uint64_t value, ProgressUnit unit) {
    return unit == ProgressUnit::bytes ? format_size(value) : std::to_string(value);
}

// The figures matter more than the end of a name, down to what still tells names apart.
std::string fitted(std::string label, std::size_t columns) {
    const std::string mark = "...";
    const auto most = std::max(columns, least_label_columns);
    if (label.size() > most) {
        label.resize(most - mark.size());
        label += mark;
    }
    return label;
}

}  // namespace

std::string progress_line(const ProgressFigures& figures, std::size_t most_columns) {
    const auto& [label, unit, done, total, elapsed] = figures;
    std::string text = " ";
    if (total > 0) {
        const auto filled = static_cast<std::size_t>(std::min(done, total) * bar_cells / total);
        text += "[" + std::string(filled, '#') + std::string(bar_cells - filled, '.') + "] ";
    }
    text += amount(done, unit) + (total > 0 ? " of " + amount(total, unit) : "");
    if (elapsed > rate_settles_after && done > 0) {
        const auto elapsed_ms = static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()
        );
        const std::uint64_t rate = done * 1000 / elapsed_ms;
        text += ", " + amount(rate, unit) + "/s";
        if (total > done && rate > 0) {
            text += ", " + format_duration(std::chrono::seconds((total - done) / rate));
            text += " left";
        }
    }
    auto line = fitted(visible(label), most_columns - std::min(text.size(), most_columns)) + text;
    line.resize(std::min(line.size(), most_columns));
    return line;
}

}  // namespace heliograph::tools
