// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/mirror_health.hpp>

#include <algorithm>
#include <bit>

namespace heliograph::mirror {

namespace {

using std::chrono::seconds;

constexpr std::uint32_t row_limit = 3;
constexpr std::uint32_t window = 20;
constexpr std::uint32_t window_least = 5;
constexpr std::uint32_t window_mask = (1U << window) - 1;
constexpr seconds open_step{30};
constexpr seconds open_longest = std::chrono::minutes(15);
constexpr seconds ban_first = std::chrono::hours(24);
constexpr std::uint32_t ban_doublings = 6;
// A body below this says more of latency than of speed.
constexpr std::uint64_t measurable_bytes = 64U * 1024U;

// In a mirror's answer to single requests minutes apart there is no decay by tau of 10 s as in a
// proxy; each good sample takes a fifth of the way down, each worse one counts at once.
constexpr std::uint64_t down_old = 4;
constexpr std::uint64_t down_all = 5;

void sample_first_byte(MirrorHealth& health, const HealthEvent& event) {
    if (event.first_byte.count() <= 0) {
        return;
    }
    const auto seen = static_cast<std::uint64_t>(event.first_byte.count());
    const auto known = health.first_byte_us;
    const bool rises = !known || seen >= known->value;
    const auto value =
        rises ? seen : (known->value * down_old + seen * (down_all - down_old)) / down_all;
    health.first_byte_us = HealthSample{value, event.at};
}

void sample_speed(MirrorHealth& health, const HealthEvent& event) {
    if (event.body_bytes < measurable_bytes && event.kind != MirrorEvent::slow) {
        return;
    }
    const auto spent = static_cast<std::uint64_t>(std::max<std::int64_t>(event.body.count(), 1));
    const auto seen = event.body_bytes * 1'000'000 / spent;
    const auto known = health.bytes_per_second;
    const auto value = known ? (known->value * down_old + seen) / down_all : seen;
    health.bytes_per_second = HealthSample{value, event.at};
}

void record(MirrorHealth& health, std::uint32_t failure) {
    health.recent = ((health.recent << 1U) | failure) & window_mask;
    health.recent_count = std::min(health.recent_count + 1, window);
}

void note_success(MirrorHealth& health, const HealthEvent& event) {
    sample_first_byte(health, event);
    sample_speed(health, event);
    record(health, 0);
    health.failures_in_a_row = 0;
    if (health.open_until) {
        // What the window holds belongs to the time before.
        health.recent = 0;
        health.recent_count = 1;
    }
    health.times_opened = 0;
    health.open_until.reset();
    health.rest_until.reset();
}

void note_failure(MirrorHealth& health, Instant at, Dice& dice) {
    record(health, 1);
    ++health.failures_in_a_row;
    const auto failed = static_cast<std::uint32_t>(std::popcount(health.recent));
    const bool trips = health.failures_in_a_row >= row_limit || health.open_until ||
                       (health.recent_count >= window_least && failed * 2 >= health.recent_count);
    if (!trips || (health.open_until && at < *health.open_until)) {
        return;
    }
    ++health.times_opened;
    const auto length = std::min(open_step * health.times_opened, open_longest);
    const auto jittered = static_cast<double>(length.count()) * (0.75 + dice.share() / 2);
    health.open_until = at + seconds(static_cast<seconds::rep>(jittered));
}

void note_lie(MirrorHealth& health, const HealthEvent& event) {
    const auto length = ban_first * (1U << std::min(health.bans, ban_doublings));
    ++health.bans;
    health.ban = IntegrityBan{event.at + length, event.finding, event.evidence};
}

}  // namespace

std::string_view mirror_event_name(MirrorEvent event) {
    switch (event) {
        case MirrorEvent::delivered:
            return "delivered";
        case MirrorEvent::nothing:
            return "nothing";
        case MirrorEvent::slow:
            return "slow";
        case MirrorEvent::unreachable:
            return "unreachable";
        case MirrorEvent::unhealthy:
            return "unhealthy";
        case MirrorEvent::cut_short:
            return "cut-short";
        case MirrorEvent::busy:
            return "busy";
        case MirrorEvent::refused:
            return "refused";
        case MirrorEvent::incomplete:
            return "incomplete";
        case MirrorEvent::behind:
            return "behind";
        case MirrorEvent::corrupt:
            return "corrupt";
        case MirrorEvent::hostile:
            return "hostile";
    }
    return "nothing";
}

bool is_transient(MirrorEvent event) {
    return event == MirrorEvent::slow || event == MirrorEvent::unreachable ||
           event == MirrorEvent::unhealthy || event == MirrorEvent::cut_short ||
           event == MirrorEvent::busy;
}

std::string_view mirror_standing_name(MirrorStanding standing) {
    switch (standing) {
        case MirrorStanding::usable:
            return "usable";
        case MirrorStanding::probing:
            return "probing";
        case MirrorStanding::broken:
            return "broken";
        case MirrorStanding::resting:
            return "resting";
        case MirrorStanding::banned:
            return "banned";
    }
    return "usable";
}

MirrorStanding standing_of(const MirrorHealth& health, Instant now) {
    if (health.ban && now < health.ban->until) {
        return MirrorStanding::banned;
    }
    if (health.rest_until && now < *health.rest_until) {
        return MirrorStanding::resting;
    }
    if (health.open_until) {
        return now < *health.open_until ? MirrorStanding::broken : MirrorStanding::probing;
    }
    return MirrorStanding::usable;
}

void apply(MirrorHealth& health, const HealthEvent& event, Dice& dice) {
    switch (event.kind) {
        case MirrorEvent::nothing:
            return;
        case MirrorEvent::delivered:
            note_success(health, event);
            return;
        case MirrorEvent::slow:
            sample_speed(health, event);
            return;
        case MirrorEvent::unreachable:
        case MirrorEvent::unhealthy:
        case MirrorEvent::cut_short:
        case MirrorEvent::refused:
            note_failure(health, event.at, dice);
            return;
        case MirrorEvent::busy:
            health.rest_until = event.at + std::min(event.rest, longest_rest);
            return;
        case MirrorEvent::incomplete:
        case MirrorEvent::behind:
            health.behind_since = health.behind_since.value_or(event.at);
            return;
        case MirrorEvent::corrupt:
        case MirrorEvent::hostile:
            note_lie(health, event);
            return;
    }
}

}  // namespace heliograph::mirror
