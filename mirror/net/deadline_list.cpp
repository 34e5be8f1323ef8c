// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/deadline_list.hpp>

namespace heliograph::mirror {

void Deadline::disarm() {
    if (m_list == nullptr) {
        return;
    }
    (m_previous != nullptr ? m_previous->m_next : m_list->m_first) = m_next;
    (m_next != nullptr ? m_next->m_previous : m_list->m_last) = m_previous;
    m_list = nullptr;
    m_previous = nullptr;
    m_next = nullptr;
}

DeadlineList::~DeadlineList() {
    while (m_first != nullptr) {
        m_first->disarm();
    }
}

void DeadlineList::arm(Deadline& deadline, SteadyTime now) {
    deadline.disarm();
    deadline.m_due = now + m_length;
    deadline.m_list = this;
    deadline.m_previous = m_last;
    (m_last != nullptr ? m_last->m_next : m_first) = &deadline;
    m_last = &deadline;
}

Deadline* DeadlineList::expired(SteadyTime now) const {
    return m_first != nullptr && m_first->m_due <= now ? m_first : nullptr;
}

std::optional<SteadyTime> DeadlineList::next_due() const {
    return m_first != nullptr ? std::optional(m_first->m_due) : std::nullopt;
}

}  // namespace heliograph::mirror
