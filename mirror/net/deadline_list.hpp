// SPDX-License-Identifier: Apache-2.0
// Deadlines of one length in a list: since each waits equally long, the oldest entry is always the
// next to expire, and arming or disarming costs a few pointers.
#pragma once

#include <chrono>
#include <optional>

namespace heliograph::mirror {

using SteadyTime = std::chrono::steady_clock::time_point;

class Connection;
class DeadlineList;

/// One owner's place in at most one list; leaves it on destruction.
class Deadline {
  public:
    explicit Deadline(Connection& owner) : m_owner(owner) {}
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    ~Deadline() { disarm(); }

    void disarm();
    [[nodiscard]] Connection& owner() const { return m_owner; }
    [[nodiscard]] const DeadlineList* list() const { return m_list; }

  private:
    friend class DeadlineList;

    Connection& m_owner;
    DeadlineList* m_list = nullptr;
    Deadline* m_previous = nullptr;
    Deadline* m_next = nullptr;
    SteadyTime m_due;
};

/// All deadlines of one class.
/// @thread One. @cost Constant for each call.
class DeadlineList {
  public:
    explicit DeadlineList(std::chrono::milliseconds length) : m_length(length) {}
    DeadlineList(const DeadlineList&) = delete;
    DeadlineList& operator=(const DeadlineList&) = delete;
    ~DeadlineList();

    /// Moves the deadline here, to the end.
    void arm(Deadline& deadline, SteadyTime now);

    /// The entry that waits longest; null when empty.
    [[nodiscard]] Deadline* oldest() const { return m_first; }
    /// The oldest entry if its time has come; null otherwise.
    [[nodiscard]] Deadline* expired(SteadyTime now) const;
    [[nodiscard]] std::optional<SteadyTime> next_due() const;

  private:
    friend class Deadline;

    std::chrono::milliseconds m_length;
    Deadline* m_first = nullptr;
    Deadline* m_last = nullptr;
};

}  // namespace heliograph::mirror
