// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/progress_sink.hpp>

#include <charconv>
#include <string_view>
#include <utility>

namespace heliograph::tools {

namespace {

std::string_view field_of(const Event& event, std::string_view name) {
    for (const auto& field : event.fields) {
        if (field.name == name) {
            return field.value;
        }
    }
    return {};
}

// A bar is drawn from it and nothing else: what is no number counts as nothing.
std::uint64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return failure == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

}  // namespace

ProgressSink::ProgressSink(EventSink& next, Progress bar, ProgressEvents events)
    : m_next(next), m_bar(std::move(bar)), m_events(std::move(events)) {
}

void ProgressSink::emit(const Event& event) {
    {
        const std::lock_guard lock(m_mutex);
        if (event.name == m_events.plan) {
            m_total += number_of(field_of(event, m_events.plan_field));
            m_bar.set_total(m_total);
        } else if (event.name.starts_with(m_events.step)) {
            m_bar.set_label(std::string(field_of(event, m_events.step_field)));
            m_bar.update(++m_done);
        }
    }
    m_next.emit(event);
}

void ProgressSink::finish() {
    const std::lock_guard lock(m_mutex);
    m_bar.wipe();
}

}  // namespace heliograph::tools
