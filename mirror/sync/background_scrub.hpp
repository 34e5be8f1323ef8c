// SPDX-License-Identifier: Apache-2.0
// The check of `mirror verify` beside a running server, round after round, at a rate: it takes no
// lock, one thread of the lowest priority does it, and what was published, removed or synchronised
// meanwhile is no damage.
#pragma once

#include <mirror/store/folder.hpp>
#include <mirror/sync/scrub.hpp>
#include <mirror/sync/scrub_note.hpp>

#include <chrono>
#include <cstdint>
#include <thread>

namespace heliograph::mirror {

struct BackgroundScrubOptions {
    std::uint64_t bytes_per_second = 1;  ///< 1 or more.
    /// From the beginning of a round to that of the next, if it is over by then.
    std::chrono::seconds round_every = std::chrono::hours(24);
};

/// Emits `scrub.round.began`, `scrub.round.ended` (info), `scrub.project.damaged`,
/// `scrub.project.unsettled` (pages and records that seem damaged, of a project that others changed
/// during every look), `scrub.signer.refused` (once for all pages of a signer that is over or
/// revoked) and `scrub.round.failed` (warning), each when it is found, and writes `scrub.json` at
/// the end of each round.
/// @thread One thread; the sink is told by another.
class BackgroundScrub {
  public:
    /// @param clock, events  Outlive it.
    BackgroundScrub(
        const MirrorFolder& folder,
        const BackgroundScrubOptions& options,
        const Clock& clock,
        EventSink& events
    );
    BackgroundScrub(const BackgroundScrub&) = delete;
    BackgroundScrub& operator=(const BackgroundScrub&) = delete;
    /// Ends the round in work; what it found so far was told.
    ~BackgroundScrub() = default;

    /// Begins the first round. @errors io (no thread is to be had).
    [[nodiscard]] Outcome start();

    /// One round, by the caller's thread. Projects come in no order, so that servers that are often
    /// begun anew come to all of them.
    /// @errors As scrub(), but conflict.
    [[nodiscard]] Result<ScrubNote> run_round(std::stop_token stop);

  private:
    void work(const std::stop_token& stop);

    std::filesystem::path m_folder;
    BackgroundScrubOptions m_options;
    const Clock& m_clock;
    EventSink& m_events;
    std::jthread m_thread;
};

}  // namespace heliograph::mirror
