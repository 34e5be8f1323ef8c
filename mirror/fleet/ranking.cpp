// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/ranking.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

namespace heliograph::mirror {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr std::uint64_t least_floor = 8192;
constexpr std::uint64_t floor_share = 8;
constexpr std::uint64_t small_question_bytes = 256U * 1024U;
constexpr double exploring_share = 1.0 / 20;
constexpr seconds half_life = std::chrono::hours(24);
constexpr seconds exploring_interval = std::chrono::hours(1);
// What a mirror of a fleet that nobody measured is expected to do: 50 ms, 1 MB/s.
constexpr double first_byte_guess_us = 50'000;
constexpr double speed_guess = 1'000'000;

using Member = std::optional<HealthSample> MirrorHealth::*;

double median_of(std::span<const RankedMirror> mirrors, Member member, double guess) {
    std::vector<std::uint64_t> values;
    for (const auto& mirror : mirrors) {
        if (const auto& sample = mirror.health.*member) {
            values.push_back(sample->value);
        }
    }
    if (values.empty()) {
        return guess;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return static_cast<double>(*middle);
}

// An old sample says less than a new one: by half each 24 hours it gives way to the median.
double faded(const std::optional<HealthSample>& sample, double median, Instant now) {
    if (!sample) {
        return median;
    }
    const auto age = std::max((now - sample->at).count(), seconds::rep{0});
    const double kept =
        std::exp2(-static_cast<double>(age) / static_cast<double>(half_life.count()));
    return median + (static_cast<double>(sample->value) - median) * kept;
}

bool has_sample(const RankedMirror& mirror) {
    return mirror.health.first_byte_us || mirror.health.bytes_per_second;
}

bool panic(std::span<const RankedMirror> mirrors, Instant now) {
    std::size_t allowed = 0;
    std::size_t closed = 0;
    for (const auto& mirror : mirrors) {
        const auto standing = standing_of(mirror.health, now);
        allowed += standing == MirrorStanding::banned ? 0U : 1U;
        closed += mirror.health.open_until || standing == MirrorStanding::banned ? 0U : 1U;
    }
    return closed * 3 < allowed;
}

// The groups in which chance decides: priority first, standing second.
struct Rank {
    unsigned standing;
    unsigned priority;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};

std::optional<Rank> rank_of(const RankedMirror& mirror, Instant now, bool ignores_breakers) {
    switch (standing_of(mirror.health, now)) {
        case MirrorStanding::banned:
            return std::nullopt;
        case MirrorStanding::resting:
            return Rank{3, mirror.priority};
        case MirrorStanding::broken:
            return Rank{ignores_breakers ? 0U : 2U, mirror.priority};
        case MirrorStanding::probing:
            return Rank{ignores_breakers ? 0U : 1U, mirror.priority};
        case MirrorStanding::usable:
            break;
    }
    return Rank{0, mirror.priority};
}

// Again and again the better of two picked by chance. Good enough to be near the best order, and
// the fastest mirror does not get every client of the world.
void shuffle_by_speed(
    std::span<std::size_t> group, std::span<const microseconds> times, Dice& dice
) {
    for (auto rest = group; rest.size() > 1; rest = rest.subspan(1)) {
        const std::size_t first = dice.below(rest.size());
        std::size_t second = dice.below(rest.size() - 1);
        second += second >= first ? 1U : 0U;
        const bool first_wins = times[rest[first]] < times[rest[second]] ||
                                (times[rest[first]] == times[rest[second]] && first < second);
        std::swap(rest[0], rest[first_wins ? first : second]);
    }
}

Instant last_sample(const MirrorHealth& health) {
    Instant last{};
    for (const auto& sample : {health.first_byte_us, health.bytes_per_second}) {
        last = sample ? std::max(last, sample->at) : last;
    }
    return last;
}

void explore(
    std::span<const RankedMirror> mirrors,
    const RankQuestion& question,
    std::span<std::size_t> group,
    Dice& dice
) {
    if (question.bytes > small_question_bytes || dice.share() >= exploring_share) {
        return;
    }
    const auto oldest = std::min_element(group.begin(), group.end(), [&](auto left, auto right) {
        return last_sample(mirrors[left].health) < last_sample(mirrors[right].health);
    });
    const auto& health = mirrors[*oldest].health;
    if (question.now - last_sample(health) >= exploring_interval) {
        std::rotate(group.begin(), oldest, oldest + 1);
    }
}

}  // namespace

std::vector<microseconds> predicted_times(
    std::span<const RankedMirror> mirrors, const RankQuestion& question
) {
    const double first_byte = median_of(mirrors, &MirrorHealth::first_byte_us, first_byte_guess_us);
    const double speed = median_of(mirrors, &MirrorHealth::bytes_per_second, speed_guess);
    std::vector<microseconds> times;
    times.reserve(mirrors.size());
    for (const auto& mirror : mirrors) {
        const double waiting = faded(mirror.health.first_byte_us, first_byte, question.now) *
                               (mirror.inflight + 1.0) * verify::usual_weight / mirror.weight;
        const double rate =
            std::max(faded(mirror.health.bytes_per_second, speed, question.now), 1.0);
        const double body = static_cast<double>(question.bytes) * 1e6 / rate;
        times.emplace_back(static_cast<microseconds::rep>(std::min(waiting + body, 1e15)));
    }
    return times;
}

std::vector<std::size_t> ask_order(
    std::span<const RankedMirror> mirrors, const RankQuestion& question, Dice& dice
) {
    const bool ignores_breakers = panic(mirrors, question.now);
    std::vector<std::optional<Rank>> ranks;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < mirrors.size(); ++i) {
        ranks.push_back(rank_of(mirrors[i], question.now, ignores_breakers));
        if (ranks.back()) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](auto left, auto right) {
        return *ranks[left] < *ranks[right];
    });
    if (std::none_of(mirrors.begin(), mirrors.end(), has_sample)) {
        return order;
    }
    const auto times = predicted_times(mirrors, question);
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin;
        while (end < order.size() && *ranks[order[end]] == *ranks[order[begin]]) {
            ++end;
        }
        const auto group = std::span(order).subspan(begin, end - begin);
        shuffle_by_speed(group, times, dice);
        if (begin == 0) {
            explore(mirrors, question, group, dice);
        }
        begin = end;
    }
    return order;
}

std::uint64_t rate_floor(
    std::span<const RankedMirror> mirrors, std::span<const std::size_t> others, Instant now
) {
    std::uint64_t best = 0;
    for (const std::size_t i : others) {
        const auto standing = standing_of(mirrors[i].health, now);
        const auto& speed = mirrors[i].health.bytes_per_second;
        if (speed && (standing == MirrorStanding::usable || standing == MirrorStanding::probing)) {
            best = std::max(best, speed->value);
        }
    }
    return std::max(best / floor_share, least_floor);
}

}  // namespace heliograph::mirror
