// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/fleet.hpp>

#include <algorithm>

namespace heliograph::mirror {

Fleet::Fleet(const MirrorList& list, const KnownHealth& known, Dice dice) : m_dice(dice) {
    for (const auto& mirror : list.mirrors) {
        const auto found = known.find(mirror.url.to_string());
        m_urls.push_back(mirror.url);
        m_mirrors.push_back(
            {.health = found == known.end() ? MirrorHealth() : found->second,
             .priority = mirror.priority,
             .weight = mirror.weight}
        );
    }
}

std::vector<std::size_t> Fleet::order(const RankQuestion& question) {
    return ask_order(m_mirrors, question, m_dice);
}

std::vector<std::chrono::microseconds> Fleet::times(const RankQuestion& question) const {
    return predicted_times(m_mirrors, question);
}

std::uint64_t Fleet::floor_against(std::span<const std::size_t> others, Instant now) const {
    return rate_floor(m_mirrors, others, now);
}

void Fleet::note(std::size_t index, HealthEvent event) {
    apply(m_mirrors.at(index).health, event, m_dice);
    if (event.kind != MirrorEvent::nothing) {
        m_noted.push_back({m_urls.at(index).to_string(), std::move(event)});
    }
}

void Fleet::hear(const NotedEvent& noted) {
    const auto found = std::find_if(m_urls.begin(), m_urls.end(), [&](const Url& url) {
        return url.to_string() == noted.mirror;
    });
    if (found != m_urls.end()) {
        apply(
            m_mirrors[static_cast<std::size_t>(found - m_urls.begin())].health, noted.event, m_dice
        );
    }
}

}  // namespace heliograph::mirror
