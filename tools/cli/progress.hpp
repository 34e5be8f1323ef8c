// SPDX-License-Identifier: Apache-2.0
// A progress bar with rate and time left.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace heliograph::tools {

enum class ProgressUnit { items, bytes };

/// A bar on standard error. One made without a label draws nothing: Console decides which it is.
/// @thread One thread at a time.
class Progress {
  public:
    Progress();
    Progress(std::string label, ProgressUnit unit);
    Progress(Progress&&) noexcept;
    Progress& operator=(Progress&&) = delete;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();  ///< Wipes the bar.

    /// @param done  In the unit of the total. Draws at most ten times a second.
    void update(std::uint64_t done);
    /// The total may become known, or grow, on the way; 0 means unknown.
    void set_total(std::uint64_t total);
    /// Wipes the bar; it draws no more.
    void wipe();
    /// What stands before the bar, when it changes.
    void set_label(std::string label);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::tools
