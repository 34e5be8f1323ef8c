// SPDX-License-Identifier: Apache-2.0
// Verified pages for one run: each mirror is asked for a project once, and the first whose page
// holds, is up to date and suits is believed.
#pragma once

#include <tools/commands/verify/index_view.hpp>
#include <verify/report/check_report.hpp>

#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace heliograph::tools::verify_commands {

struct FoundPage {
    const MirrorAnswer* answer = nullptr;  ///< With a page; none: every mirror failed.
    verify::CheckedItem failure;           ///< What the mirrors before did; to be named.
};

/// @thread One thread.
class PageFinder {
  public:
    /// Both outlive it. What mirrors do wrong is a warning on the console as it is met.
    PageFinder(IndexView& index, Console& console) : m_index(index), m_console(console) {}

    /// What a page must hold beside its evidence; else a finding that says what it lacks.
    using Suits = std::function<std::optional<verify::Finding>(const verify::ProjectPage& page)>;

    /// @errors Those of IndexView::ask().
    [[nodiscard]] Result<FoundPage> find(const verify::ProjectName& project, const Suits& suits);

  private:
    /// Asks at the first question, tells what was wrong, and keeps the answer.
    Result<const MirrorAnswer*> ask(std::size_t mirror, const verify::ProjectName& project);
    /// A page that another mirror's verified page has replaced says nothing of what holds now: a
    /// file that was removed since would pass.
    [[nodiscard]] std::optional<verify::Finding> find_older(const MirrorAnswer& answer) const;

    IndexView& m_index;
    Console& m_console;
    std::map<std::pair<verify::ProjectName, std::size_t>, MirrorAnswer> m_answers;
    std::map<verify::ProjectName, verify::Serial> m_newest;  ///< Of verified pages of this run.
};

}  // namespace heliograph::tools::verify_commands
