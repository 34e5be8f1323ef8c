// SPDX-License-Identifier: Apache-2.0
// Who is penalised for what: the breaker, rests, marks and bans.
#include <mirror/fleet/mirror_health.hpp>
#include <tests/support/fake_clock.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const Instant start{seconds(1'700'000'000)};

class MirrorHealthTest : public testing::Test {
  protected:
    void happen(MirrorEvent kind, unsigned times = 1) {
        for (unsigned i = 0; i < times; ++i) {
            apply(m_health, {.kind = kind, .at = m_now}, m_dice);
        }
    }
    MirrorStanding standing() const { return standing_of(m_health, m_now); }

    Dice m_dice{1};
    Instant m_now = start;
    MirrorHealth m_health;
};

TEST_F(MirrorHealthTest, OpensTheBreakerAfterThreeFailuresInARow) {
    happen(MirrorEvent::unreachable, 2);
    EXPECT_EQ(standing(), MirrorStanding::usable);
    happen(MirrorEvent::unhealthy);
    EXPECT_EQ(standing(), MirrorStanding::broken);
    m_now += seconds(38);  // 30 s and a quarter more at most
    EXPECT_EQ(standing(), MirrorStanding::probing);
}

TEST_F(MirrorHealthTest, OpensTheBreakerWhenHalfOfTheLastRequestsFailed) {
    for (int i = 0; i < 2; ++i) {
        happen(MirrorEvent::delivered);
        happen(MirrorEvent::cut_short);
    }
    EXPECT_EQ(standing(), MirrorStanding::usable) << "four requests say too little";
    happen(MirrorEvent::cut_short);
    EXPECT_EQ(standing(), MirrorStanding::broken);
}

TEST_F(MirrorHealthTest, OpensForLongerEachTimeUpToAQuarterOfAnHour) {
    happen(MirrorEvent::unreachable, 3);
    auto length = *m_health.open_until - m_now;
    EXPECT_GE(length, seconds(22));
    EXPECT_LE(length, seconds(38));
    for (int i = 0; i < 60; ++i) {
        m_now = *m_health.open_until;
        happen(MirrorEvent::unreachable);
        length = *m_health.open_until - m_now;
        EXPECT_LE(length, seconds(minutes(15)) * 5 / 4);
    }
    EXPECT_GE(length, minutes(11));
}

TEST_F(MirrorHealthTest, ClosesTheBreakerWithOneSuccess) {
    happen(MirrorEvent::unreachable, 3);
    m_now += minutes(1);
    happen(MirrorEvent::delivered);
    EXPECT_EQ(standing(), MirrorStanding::usable);
    happen(MirrorEvent::unreachable);
    EXPECT_EQ(standing(), MirrorStanding::usable) << "the past must not open it again";
}

TEST_F(MirrorHealthTest, DoesNotExtendAnOpenBreakerByWhatFailsMeanwhile) {
    happen(MirrorEvent::unreachable, 3);
    const auto until = m_health.open_until;
    happen(MirrorEvent::unreachable, 10);
    EXPECT_EQ(m_health.open_until, until);
}

TEST_F(MirrorHealthTest, RestsABusyMirrorWithoutBlame) {
    apply(m_health, {.kind = MirrorEvent::busy, .at = m_now, .rest = seconds(40)}, m_dice);
    EXPECT_EQ(standing(), MirrorStanding::resting);
    EXPECT_EQ(m_health.failures_in_a_row, 0U);
    EXPECT_EQ(m_health.recent_count, 0U);
    m_now += seconds(40);
    EXPECT_EQ(standing(), MirrorStanding::usable);
    apply(m_health, {.kind = MirrorEvent::busy, .at = m_now, .rest = hours(100)}, m_dice);
    EXPECT_EQ(m_health.rest_until, m_now + longest_rest);
}

TEST_F(MirrorHealthTest, BansALieForADayAndTwiceAsLongTheNextTime) {
    apply(
        m_health,
        {.kind = MirrorEvent::corrupt,
         .at = m_now,
         .finding = "file-hash-mismatch",
         .evidence = "proof.json"},
        m_dice
    );
    EXPECT_EQ(standing(), MirrorStanding::banned);
    EXPECT_EQ(m_health.ban, (IntegrityBan{m_now + hours(24), "file-hash-mismatch", "proof.json"}));
    m_now += hours(24);
    EXPECT_EQ(standing(), MirrorStanding::usable);
    happen(MirrorEvent::hostile);
    EXPECT_EQ(m_health.ban->until, m_now + hours(48));
    happen(MirrorEvent::hostile, 20);
    EXPECT_EQ(m_health.ban->until, m_now + hours(24) * 64);
}

TEST_F(MirrorHealthTest, KeepsABanWhateverIsDeliveredMeanwhile) {
    happen(MirrorEvent::hostile);
    happen(MirrorEvent::delivered, 100);
    EXPECT_EQ(standing(), MirrorStanding::banned);
}

TEST_F(MirrorHealthTest, MarksAMirrorThatLagsWithoutTouchingTheBreaker) {
    happen(MirrorEvent::incomplete, 5);
    happen(MirrorEvent::behind, 5);
    EXPECT_EQ(standing(), MirrorStanding::usable);
    EXPECT_EQ(m_health.behind_since, m_now);
    EXPECT_EQ(m_health.failures_in_a_row, 0U);
}

TEST_F(MirrorHealthTest, LeavesNoTraceOfWhatWasCalledOff) {
    happen(MirrorEvent::nothing, 10);
    EXPECT_EQ(m_health, MirrorHealth());
}

TEST_F(MirrorHealthTest, RisesAtOnceToAWorseFirstByteAndFallsSlowly) {
    const auto answer_after = [&](int milliseconds) {
        apply(
            m_health,
            {.kind = MirrorEvent::delivered,
             .at = m_now,
             .first_byte = std::chrono::milliseconds(milliseconds)},
            m_dice
        );
        return m_health.first_byte_us->value;
    };
    EXPECT_EQ(answer_after(10), 10'000U);
    EXPECT_EQ(answer_after(100), 100'000U);
    EXPECT_EQ(answer_after(10), 82'000U);
}

TEST_F(MirrorHealthTest, MeasuresSpeedByBodiesWorthMeasuring) {
    HealthEvent event{.kind = MirrorEvent::delivered, .at = m_now};
    event.body_bytes = 1000;
    event.body = microseconds(1);
    apply(m_health, event, m_dice);
    EXPECT_FALSE(m_health.bytes_per_second);
    event.body_bytes = 1'000'000;
    event.body = seconds(1);
    apply(m_health, event, m_dice);
    EXPECT_EQ(m_health.bytes_per_second->value, 1'000'000U);
    event.kind = MirrorEvent::slow;
    event.body_bytes = 0;
    apply(m_health, event, m_dice);
    EXPECT_EQ(m_health.bytes_per_second->value, 800'000U);
    EXPECT_EQ(m_health.failures_in_a_row, 0U) << "slow is a speed, not a fault";
}

}  // namespace
}  // namespace heliograph::mirror
