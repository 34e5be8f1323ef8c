// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress.hpp>
#include <tools/cli/progress_line.hpp>
#include <tools/cli/terminal.hpp>

#include <chrono>
#include <cstdio>
#include <utility>

namespace heliograph::tools {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto redraw_interval = std::chrono::milliseconds(100);
constexpr const char* wipe_line = "\r\x1b[K";

}  // namespace

struct Progress::State {
    std::string label;
    ProgressUnit unit = ProgressUnit::items;
    bool drawn = false;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    SteadyClock::time_point started = SteadyClock::now();
    SteadyClock::time_point last_drawn = started;

    void draw() {
        const auto now = SteadyClock::now();
        if (drawn && now - last_drawn < redraw_interval) {
            return;
        }
        drawn = true;
        last_drawn = now;
        const auto line =
            progress_line({label, unit, done, total, now - started}, terminal_width() - 1);
        static_cast<void>(std::fprintf(stderr, "%s%s", wipe_line, line.c_str()));
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
