// SPDX-License-Identifier: Apache-2.0
// The mirrors of a list with what is known of each: whom to ask next, and what came of it.
#pragma once

#include <mirror/fleet/mirror_list.hpp>
#include <mirror/fleet/ranking.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// What is known of mirrors, by base URL.
using KnownHealth = std::map<std::string, MirrorHealth>;

/// An event and the base URL of its mirror: what the health database takes.
struct NotedEvent {
    std::string mirror;
    HealthEvent event;
};

/// @thread One thread at a time.
class Fleet {
  public:
    /// @param known  Of these mirrors and perhaps of others.
    Fleet(const MirrorList& list, const KnownHealth& known, Dice dice);

    [[nodiscard]] std::size_t size() const { return m_urls.size(); }
    [[nodiscard]] const Url& url(std::size_t index) const { return m_urls.at(index); }
    [[nodiscard]] const MirrorHealth& health(std::size_t index) const {
        return m_mirrors.at(index).health;
    }
    [[nodiscard]] unsigned priority(std::size_t index) const {
        return m_mirrors.at(index).priority;
    }

    /// See ask_order().
    [[nodiscard]] std::vector<std::size_t> order(const RankQuestion& question);
    /// See predicted_times().
    [[nodiscard]] std::vector<std::chrono::microseconds> times(const RankQuestion& question) const;
    /// See rate_floor().
    [[nodiscard]] std::uint64_t floor_against(std::span<const std::size_t> others, Instant now)
        const;

    /// Takes an event into account at once, and keeps it for take_noted().
    void note(std::size_t index, HealthEvent event);
    /// Takes into account what another fleet of these mirrors noted; nothing for a mirror that is
    /// not among them.
    void hear(const NotedEvent& noted);
    /// What happened since the last call: for the health database.
    [[nodiscard]] std::vector<NotedEvent> take_noted() { return std::exchange(m_noted, {}); }

    [[nodiscard]] Dice& dice() { return m_dice; }

  private:
    std::vector<Url> m_urls;
    std::vector<RankedMirror> m_mirrors;  ///< In the order of m_urls.
    std::vector<NotedEvent> m_noted;
    Dice m_dice;
};

}  // namespace heliograph::mirror
