// SPDX-License-Identifier: Apache-2.0
// Slow servers (threat T8), in time that the test makes up.
#include <mirror/net/transfer_deadlines.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TransferDeadlinesTest : public testing::Test {
  protected:
    TransferDeadlinesTest() {
        m_timeouts.connect = seconds(5);
        m_timeouts.first_byte = seconds(10);
        m_timeouts.silence = seconds(3);
        m_timeouts.whole = seconds(100);
        m_timeouts.rate_floor_bytes_per_second = 1000;
        m_timeouts.rate_window = seconds(4);
    }

    FetchTimeouts m_timeouts;
    TransferDeadlines::Time m_start{seconds(1000)};
};

TEST_F(TransferDeadlinesTest, EndAConnectionThatIsNotMade) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    EXPECT_EQ(deadlines.next(), m_start + seconds(5));
    EXPECT_FALSE(deadlines.passed(m_start + milliseconds(4999)));
    EXPECT_NE(deadlines.passed(m_start + seconds(5))->find("connection"), std::string::npos);
}

TEST_F(TransferDeadlinesTest, EndAnAnswerThatDoesNotBegin) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    deadlines.request_sent(m_start + seconds(4));
    EXPECT_FALSE(deadlines.passed(m_start + seconds(13)));
    EXPECT_NE(deadlines.passed(m_start + seconds(14))->find("first byte"), std::string::npos);
}

TEST_F(TransferDeadlinesTest, EndAnAnswerThatStops) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    deadlines.request_sent(m_start);
    deadlines.bytes_arrived(m_start + seconds(9), 1'000'000);
    EXPECT_FALSE(deadlines.passed(m_start + milliseconds(11'999)));
    EXPECT_NE(deadlines.passed(m_start + seconds(12))->find("silence"), std::string::npos);
}

TEST_F(TransferDeadlinesTest, EndADripThatIsNeverSilent) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    deadlines.request_sent(m_start);
    auto now = m_start;
    for (int i = 0; i < 4; ++i) {
        deadlines.bytes_arrived(now, 1);
        EXPECT_FALSE(deadlines.passed(now));
        now += seconds(1);
    }
    EXPECT_NE(deadlines.passed(now)->find("1000 bytes a second"), std::string::npos);
}

TEST_F(TransferDeadlinesTest, LetAFastOneThroughEveryWindow) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    auto now = m_start;
    for (int i = 0; i < 20; ++i) {
        deadlines.bytes_arrived(now, 1500);
        EXPECT_FALSE(deadlines.passed(now)) << i;
        now += seconds(1);
    }
}

TEST_F(TransferDeadlinesTest, EndTheWholeHoweverFastItIs) {
    TransferDeadlines deadlines(m_timeouts, m_start);
    deadlines.bytes_arrived(m_start + seconds(99), 1'000'000'000);
    deadlines.begin(m_start + seconds(99));
    EXPECT_EQ(deadlines.next(), m_start + seconds(100));
    EXPECT_NE(deadlines.passed(m_start + seconds(100))->find("whole"), std::string::npos);
}

}  // namespace
}  // namespace heliograph::mirror
