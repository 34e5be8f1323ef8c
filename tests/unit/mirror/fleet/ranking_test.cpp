// SPDX-License-Identifier: Apache-2.0
// Whom to ask first: filters, prediction, the better of two, and exploration.
#include <mirror/fleet/ranking.hpp>

#include <gtest/gtest.h>

#include <array>

namespace heliograph::mirror {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Order = std::vector<std::size_t>;

const Instant asked_at{seconds(1'700'000'000)};

RankedMirror measured(std::uint64_t first_byte_us, std::uint64_t bytes_per_second) {
    RankedMirror mirror;
    mirror.health.first_byte_us = HealthSample{first_byte_us, asked_at};
    mirror.health.bytes_per_second = HealthSample{bytes_per_second, asked_at};
    return mirror;
}

RankedMirror with_standing(MirrorStanding standing) {
    RankedMirror mirror = measured(1, 1'000'000'000);
    if (standing == MirrorStanding::broken) {
        mirror.health.open_until = asked_at + seconds(10);
    } else if (standing == MirrorStanding::probing) {
        mirror.health.open_until = asked_at - seconds(10);
    } else if (standing == MirrorStanding::resting) {
        mirror.health.rest_until = asked_at + seconds(10);
    } else if (standing == MirrorStanding::banned) {
        mirror.health.ban = IntegrityBan{asked_at + hours(1), "file-hash-mismatch", ""};
    }
    return mirror;
}

TEST(Ranking, KeepsTheOrderOfTheListWhereNothingIsKnown) {
    Dice dice(1);
    const std::vector<RankedMirror> mirrors(5);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(ask_order(mirrors, {.bytes = 0, .now = asked_at}, dice), (Order{0, 1, 2, 3, 4}));
    }
}

TEST(Ranking, AsksByLatencyForSmallAndBySpeedForLargeFiles) {
    Dice dice(1);
    const std::vector<RankedMirror> mirrors{
        measured(200'000, 50'000'000), measured(10'000, 500'000)};
    EXPECT_EQ(ask_order(mirrors, {.bytes = 1'000, .now = asked_at}, dice), (Order{1, 0}));
    EXPECT_EQ(ask_order(mirrors, {.bytes = 100'000'000, .now = asked_at}, dice), (Order{0, 1}));
}

TEST(Ranking, ExpectsToWaitBehindRequestsThatRunThere) {
    Dice dice(1);
    std::vector<RankedMirror> mirrors{measured(10'000, 1'000'000), measured(15'000, 1'000'000)};
    EXPECT_EQ(ask_order(mirrors, {.bytes = 0, .now = asked_at}, dice), (Order{0, 1}));
    mirrors[0].inflight = 1;
    EXPECT_EQ(ask_order(mirrors, {.bytes = 0, .now = asked_at}, dice), (Order{1, 0}));
}

TEST(Ranking, NeverAsksABannedMirrorNotEvenAsTheLastOne) {
    Dice dice(1);
    const std::vector<RankedMirror> mirrors{with_standing(MirrorStanding::banned)};
    EXPECT_EQ(ask_order(mirrors, {.bytes = 0, .now = asked_at}, dice), Order{});
}

TEST(Ranking, AsksSoundMirrorsBeforeProbesBeforeBrokenBeforeResting) {
    Dice dice(1);
    auto slow = measured(900'000, 1000);
    const std::vector<RankedMirror> mirrors{
        with_standing(MirrorStanding::resting),
        with_standing(MirrorStanding::broken),
        with_standing(MirrorStanding::probing),
        slow,
        slow,
        with_standing(MirrorStanding::banned)};
    for (int i = 0; i < 50; ++i) {
        const auto order = ask_order(mirrors, {.bytes = 1'000'000, .now = asked_at}, dice);
        ASSERT_EQ(order.size(), 5U);
        EXPECT_EQ(Order(order.begin() + 2, order.end()), (Order{2, 1, 0}));
    }
}

TEST(Ranking, DoesNotLookAtBreakersWhenNearlyAllAreOpen) {
    Dice dice(1);
    const std::vector<RankedMirror> mirrors{
        measured(900'000, 1000),
        with_standing(MirrorStanding::broken),
        with_standing(MirrorStanding::broken),
        with_standing(MirrorStanding::broken),
        with_standing(MirrorStanding::banned)};
    const auto order = ask_order(mirrors, {.bytes = 1'000'000, .now = asked_at}, dice);
    ASSERT_EQ(order.size(), 4U);
    EXPECT_NE(order.front(), 0U);
}

TEST(Ranking, AsksALowerPriorityNumberFirstHoweverSlowItIs) {
    Dice dice(1);
    std::vector<RankedMirror> mirrors{measured(10, 1'000'000'000), measured(900'000, 1000)};
    mirrors[0].priority = 1;
    EXPECT_EQ(ask_order(mirrors, {.bytes = 1'000'000, .now = asked_at}, dice), (Order{1, 0}));
}

TEST(Ranking, SpreadsClientsOverGoodMirrorsAndSparesTheWorst) {
    Dice dice(7);
    std::vector<RankedMirror> mirrors;
    for (std::uint64_t i = 1; i <= 5; ++i) {
        mirrors.push_back(measured(i * 10'000, 1'000'000));
    }
    std::array<int, 5> first{};
    for (int i = 0; i < 2000; ++i) {
        ++first.at(ask_order(mirrors, {.bytes = 1'000'000, .now = asked_at}, dice).front());
    }
    EXPECT_LT(first[0], 1200) << "the fastest one must not get every client";
    EXPECT_GT(first[0], first[1]);
    EXPECT_GT(first[1], first[2]);
    EXPECT_GT(first[2], first[3]);
    EXPECT_EQ(first[4], 0) << "the better of two is never the worst of all";
}

TEST(Ranking, SometimesAsksTheMirrorThatNobodyMeasuredForLong) {
    Dice dice(3);
    std::vector<RankedMirror> mirrors{measured(10'000, 1'000'000), measured(900'000, 1'000)};
    const auto asked_first = [&](std::uint64_t bytes) {
        int count = 0;
        for (int i = 0; i < 2000; ++i) {
            count +=
                ask_order(mirrors, {.bytes = bytes, .now = asked_at}, dice).front() == 1 ? 1 : 0;
        }
        return count;
    };
    EXPECT_EQ(asked_first(1000), 0) << "it was measured a moment ago";
    mirrors[1].health.first_byte_us->at = asked_at - hours(2);
    mirrors[1].health.bytes_per_second->at = asked_at - hours(2);
    const int explored = asked_first(1000);
    EXPECT_GT(explored, 50);
    EXPECT_LT(explored, 150);
    EXPECT_EQ(asked_first(10'000'000), 0) << "never with a large file";
}

TEST(Ranking, ForgetsOldSamplesTowardsTheMedian) {
    std::vector<RankedMirror> mirrors{
        measured(10'000, 1'000'000), measured(20'000, 1'000'000), measured(100'000, 1'000'000)};
    mirrors[2].health.first_byte_us->at = asked_at - hours(24);
    const auto times = predicted_times(mirrors, {.bytes = 0, .now = asked_at});
    EXPECT_EQ(times[0].count(), 10'000);
    EXPECT_EQ(times[2].count(), 60'000) << "half way from 100 ms to the median of 20 ms";
}

TEST(Ranking, ExpectsTheMedianOfAMirrorWithoutASample) {
    const std::vector<RankedMirror> mirrors{
        measured(10'000, 1'000'000), measured(30'000, 1'000'000), RankedMirror()};
    EXPECT_EQ(predicted_times(mirrors, {.bytes = 0, .now = asked_at})[2].count(), 30'000);
}

TEST(Ranking, SetsTheFloorAtAnEighthOfTheBestOtherMirror) {
    std::vector<RankedMirror> mirrors{measured(1, 80'000'000), measured(1, 8'000'000)};
    const std::vector<std::size_t> first{0};
    EXPECT_EQ(rate_floor(mirrors, first, asked_at), 10'000'000U);
    EXPECT_EQ(rate_floor(mirrors, std::vector<std::size_t>{1}, asked_at), 1'000'000U);
    EXPECT_EQ(rate_floor(mirrors, {}, asked_at), 8192U) << "nobody else has it";
    mirrors[0].health.ban = IntegrityBan{asked_at + hours(1), "file-hash-mismatch", ""};
    EXPECT_EQ(rate_floor(mirrors, first, asked_at), 8192U) << "a liar sets no standard";
}

TEST(Ranking, TakesSamplesOfTheFutureForFresh) {
    std::vector<RankedMirror> mirrors{measured(10'000, 1'000'000), measured(20'000, 1'000'000)};
    mirrors[0].health.first_byte_us->at = asked_at + hours(1000);
    EXPECT_EQ(predicted_times(mirrors, {.bytes = 0, .now = asked_at})[0].count(), 10'000);
}

}  // namespace
}  // namespace heliograph::mirror
