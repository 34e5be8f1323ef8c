// SPDX-License-Identifier: Apache-2.0
// Waits between rounds, the budget for second tries, Retry-After in both forms.
#include <mirror/fleet/retry.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Instant date{seconds(784'111'777)};  // Sun, 06 Nov 1994 08:49:37 GMT

TEST(Retry, WaitsForNothingInTheFirstRoundAndByFullJitterLater) {
    Dice dice(1);
    EXPECT_EQ(wait_before_round(0, dice), milliseconds(0));
    for (unsigned round = 1; round < 40; ++round) {
        const auto most =
            std::min<std::int64_t>(200 * (std::int64_t{1} << std::min(round, 10U)), 10'000);
        milliseconds least_seen = milliseconds::max();
        milliseconds most_seen{0};
        for (int i = 0; i < 500; ++i) {
            const auto wait = wait_before_round(round, dice);
            least_seen = std::min(least_seen, wait);
            most_seen = std::max(most_seen, wait);
        }
        EXPECT_LT(least_seen.count(), most / 10) << round;
        EXPECT_GT(most_seen.count(), most * 9 / 10) << round;
        EXPECT_LE(most_seen.count(), most) << round;
    }
}

TEST(Retry, PaysForSecondTriesOutOfSuccesses) {
    RetryBudget budget;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(budget.take(), RetryBudget::Answer::granted);
    }
    EXPECT_EQ(budget.take(), RetryBudget::Answer::spent);
    for (int i = 0; i < 10; ++i) {
        budget.earn();
    }
    EXPECT_EQ(budget.take(), RetryBudget::Answer::granted);
    EXPECT_EQ(budget.take(), RetryBudget::Answer::spent);
}

TEST(RetryAfter, IsSecondsOrADate) {
    EXPECT_EQ(parse_retry_after("120", date), seconds(120));
    EXPECT_EQ(parse_retry_after(" 0 ", date), seconds(0));
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", date), seconds(60));
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", date), seconds(0));
}

TEST(RetryAfter, IsBoundedWhateverTheServerSays) {
    EXPECT_EQ(parse_retry_after("99999999999999999999999999", date), seconds(86'400));
    EXPECT_EQ(parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", date), seconds(86'400));
}

TEST(RetryAfter, CountsADateByTheClockOfItsSender) {
    HeaderList answer;
    answer.add("Retry-After", "Sun, 06 Nov 1994 08:51:37 GMT");
    EXPECT_EQ(rest_asked_for(answer), std::nullopt) << "nothing says when that is";
    answer.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(rest_asked_for(answer), seconds(120));
    HeaderList in_seconds;
    in_seconds.add("Retry-After", "120");
    EXPECT_EQ(rest_asked_for(in_seconds), seconds(120));
    EXPECT_EQ(rest_asked_for(HeaderList()), std::nullopt);
}

TEST(RetryAfter, IsNothingWhenItCannotBeRead) {
    for (const char* text :
         {"",
          "-1",
          "soon",
          "1.5",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 25:49:37 GMT",
          "Sun, xx Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(parse_retry_after(text, date), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace heliograph::mirror
