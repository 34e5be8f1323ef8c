// SPDX-License-Identifier: Apache-2.0
// In which order to ask mirrors: filter, predict, then the better of two picked by chance. Pure.
#pragma once

#include <mirror/fleet/dice.hpp>
#include <mirror/fleet/mirror_health.hpp>
#include <pki/base/clock.hpp>
#include <verify/gate/mirrors_document.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace heliograph::mirror {

/// One mirror as ranking sees it.
struct RankedMirror {
    MirrorHealth health;
    unsigned priority = 0;  ///< Of the list: a lower number is asked first, whatever its speed.
    unsigned inflight = 0;  ///< Requests that run there now.
    /// How much of the load it is to bear beside others of its priority.
    unsigned weight = verify::usual_weight;
};

/// What is to be fetched.
struct RankQuestion {
    std::uint64_t bytes = 0;  ///< Expected; 0 for small documents.
    Instant now{};
};

/// How long a transfer is expected to take: first byte (times the requests that wait there,
/// over its weight) plus bytes over speed. Samples drift towards the median of all mirrors by half
/// each 24 hours; a mirror without a sample is expected to be at that median.
/// @return  One for each mirror, in their order.
/// @thread Safe. @cost n log n.
[[nodiscard]] std::vector<std::chrono::microseconds> predicted_times(
    std::span<const RankedMirror> mirrors, const RankQuestion& question
);

/// All mirrors that may be asked, in order, by index:
/// - lower priority numbers before higher ones;
/// - usable ones before those whose breaker is to be probed, these before open breakers, resting
///   ones last; never a banned one. When fewer than a third of the mirrors that are not banned have
///   a closed breaker, breakers are not looked at: the fault is likely ours;
/// - among equals two are picked by chance and the faster one goes first; without any sample the
///   order is that of the list;
/// - of small questions 1 in 20 goes first to the mirror with the oldest sample, when that is older
///   than an hour.
/// @thread Not with the same dice at once. @cost n log n.
[[nodiscard]] std::vector<std::size_t> ask_order(
    std::span<const RankedMirror> mirrors, const RankQuestion& question, Dice& dice
);

/// The slowest tolerable rate from one mirror: an eighth of the best speed known of another one
/// that may be asked, at least 8 KiB/s.
/// @param others  The indices of the mirrors that may give the same instead; banned, resting and
/// unhealthy ones among them are passed over. @thread Safe. @cost Linear.
[[nodiscard]] std::uint64_t rate_floor(
    std::span<const RankedMirror> mirrors, std::span<const std::size_t> others, Instant now
);

}  // namespace heliograph::mirror
