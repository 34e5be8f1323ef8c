// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress.hpp>
#include <tools/cli/terminal.hpp>
#include <tools/cli/text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace heliograph::tools {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr auto rate_settles_after = std::chrono::milliseconds(500);
constexpr std::size_t bar_cells = 24;
constexpr const char* wipe_line = "\r\x1b[K";

std::string amount(std::uint64_t value, ProgressUnit unit) {
    return unit == ProgressUnit::bytes ? format_size(value) : std::to_string(value);
}

}  // namespace

struct Progress::State {
    std::string label;
    ProgressUnit unit;
    bool drawn = false;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    SteadyClock::time_point started = SteadyClock::now();
    SteadyClock::time_point last_drawn = started;

    // ` [######......] 3 of 12, 2/s, 5 s left`
    [[nodiscard]] std::string line(SteadyClock::duration elapsed) const {
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
        text.resize(std::min(text.size(), terminal_width() - 1));
        return text;
    }

    void draw() {
        const auto now = SteadyClock::now();
        if (drawn && now - last_drawn < redraw_interval) {
            return;
        }
        drawn = true;
        last_drawn = now;
        static_cast<void>(std::fprintf(stderr, "%s%s", wipe_line, line(now - started).c_str()));
    }
};

Progress::Progress() = default;

Progress::Progress(std::string label, ProgressUnit unit) : m_state(std::make_unique<State>()) {
    m_state->label = std::move(label);
    m_state->unit = unit;
}

Progress::Progress(Progress&&) noexcept = default;

Progress::~Progress() {
    wipe();
}

void Progress::wipe() {
    if (m_state && m_state->drawn) {
        static_cast<void>(std::fputs(wipe_line, stderr));
    }
    m_state.reset();
}

void Progress::update(std::uint64_t done) {
    if (m_state) {
        m_state->done = done;
        m_state->draw();
    }
}

void Progress::set_total(std::uint64_t total) {
    if (m_state) {
        m_state->total = total;
    }
}

void Progress::set_label(std::string label) {
    if (m_state) {
        m_state->label = std::move(label);
    }
}

}  // namespace heliograph::tools
