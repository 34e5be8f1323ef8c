// SPDX-License-Identifier: Apache-2.0
// What is known of one mirror from earlier requests: how fast it was, how often it failed, whether
// it lied. Who is penalised for what stands here and nowhere else.
#pragma once

#include <mirror/fleet/dice.hpp>
#include <pki/base/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// What one request to a mirror showed.
enum class MirrorEvent {
    delivered,    ///< A whole answer that was right: times count, the breaker closes.
    nothing,      ///< Called off, or our own fault: no trace.
    slow,         ///< Under the rate floor: a speed sample only.
    unreachable,  ///< No connection, a reset, silence: the breaker.
    unhealthy,    ///< 5xx or 408: the breaker.
    cut_short,    ///< A body that ended early: the breaker; its bytes may be right.
    busy,         ///< 429 or 503 with Retry-After: it rests, its name suffers nothing.
    refused,      ///< Another 4xx or a redirect elsewhere: the breaker, and no second try.
    incomplete,   ///< Lacks what a signed page lists: behind, not broken.
    behind,       ///< Gave a state older than one seen: behind, not broken.
    corrupt,      ///< Wrong bytes of the right length: an integrity ban.
    hostile,      ///< False evidence of another kind: an integrity ban.
};

/// The stable word of an event, as it stands in JSON and in the health database.
/// @thread Safe. @cost None.
[[nodiscard]] std::string_view mirror_event_name(MirrorEvent event);

/// Whether the same request may be repeated at the same mirror a moment later. @thread Safe.
[[nodiscard]] bool is_transient(MirrorEvent event);

/// One event with what was measured.
struct HealthEvent {
    MirrorEvent kind = MirrorEvent::nothing;
    Instant at{};
    std::chrono::microseconds first_byte{0};  ///< From the request to the answer's head; 0: none.
    std::uint64_t body_bytes = 0;
    std::chrono::microseconds body{0};  ///< From the head to the end of the body.
    std::chrono::seconds rest{0};       ///< Of Retry-After.
    std::string finding = {};           ///< Id of the finding that a ban is for.
    std::string evidence = {};          ///< Where its proof lies.
};

/// A measured number and when it was measured.
struct HealthSample {
    std::uint64_t value = 0;
    Instant at{};

    friend bool operator==(const HealthSample&, const HealthSample&) = default;
};

/// Not asked for anything before an instant, because it gave false evidence.
struct IntegrityBan {
    Instant until{};
    std::string finding;
    std::string evidence;

    friend bool operator==(const IntegrityBan&, const IntegrityBan&) = default;
};

/// @thread A value.
struct MirrorHealth {
    std::optional<HealthSample> first_byte_us;     ///< Peak EWMA: rises at once, falls slowly.
    std::optional<HealthSample> bytes_per_second;  ///< EWMA over bodies worth measuring.
    std::uint32_t failures_in_a_row = 0;
    std::uint32_t recent = 0;        ///< The last outcomes, newest in the lowest bit, 1 a failure.
    std::uint32_t recent_count = 0;  ///< How many of these bits count, at most 20.
    std::uint32_t times_opened = 0;  ///< Of the breaker, since it last closed.
    std::optional<Instant> open_until;    ///< While the breaker is not closed.
    std::optional<Instant> rest_until;    ///< Of Retry-After.
    std::optional<Instant> behind_since;  ///< Lacked or lagged, and has not delivered since.
    std::optional<IntegrityBan> ban;
    std::uint32_t bans = 0;  ///< All there ever were: each doubles the next.

    friend bool operator==(const MirrorHealth&, const MirrorHealth&) = default;
};

/// The longest rest that Retry-After can ask for.
inline constexpr std::chrono::seconds longest_rest{600};

/// Whether and how a mirror may be asked.
enum class MirrorStanding {
    usable,
    probing,  ///< The breaker's time is over: one request decides.
    broken,   ///< The breaker is open.
    resting,  ///< Retry-After.
    banned,   ///< False evidence.
};

/// The stable word: `usable`, `probing`... @thread Safe.
[[nodiscard]] std::string_view mirror_standing_name(MirrorStanding standing);

/// @thread Safe. @cost None.
[[nodiscard]] MirrorStanding standing_of(const MirrorHealth& health, Instant now);

/// Takes one event into account. Breaker: open after 3 failures in a row or half of the last 20 (at
/// least 5) for 30 s times the times opened, 15 min at most, a quarter more or less by chance. Ban:
/// 24 h, doubled each time, at most 64 days.
/// @thread Not on the same health at once. @cost None.
void apply(MirrorHealth& health, const HealthEvent& event, Dice& dice);

}  // namespace heliograph::mirror
