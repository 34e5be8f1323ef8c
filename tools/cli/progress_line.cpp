// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_line.hpp>
#include <tools/cli/text.hpp>

#include <algorithm>

namespace heliograph::tools {

namespace {

constexpr auto rate_settles_after = std::chrono::milliseconds(500);
constexpr std::size_t bar_cells = 24;

std::string amount(std::uint64_t value, ProgressUnit unit) {
    return unit == ProgressUnit::bytes ? format_size(value) : std::to_string(value);
}

}  // namespace

std::string progress_line(const ProgressFigures& figures, std::size_t most_columns) {
    const auto& [label, unit, done, total, elapsed] = figures;
    std::string text = visible(label) + " ";
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
    text.resize(std::min(text.size(), most_columns));
    return text;
}

}  // namespace heliograph::tools
