// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>

#include <gtest/gtest.h>

namespace heliograph {
namespace {

using test::expect_error;

TEST(Time, IsWrittenInTheThreeFormsOfTheStandards) {
    const Instant instant = test::FakeClock().now();
    EXPECT_EQ(format_rfc3339(instant), "2026-01-02T03:04:05Z");
    EXPECT_EQ(format_http_date(instant), "Fri, 02 Jan 2026 03:04:05 GMT");
    EXPECT_EQ(format_last_modified(instant), "20260102T03:04:05");
}

TEST(Time, IsReadBackFromEachForm) {
    const Instant instant = test::FakeClock().now();
    EXPECT_EQ(parse_rfc3339("2026-01-02T03:04:05Z").value(), instant);
    EXPECT_EQ(parse_rfc3339("2026-01-02T03:04:05.123456Z").value(), instant);
    EXPECT_EQ(parse_last_modified("20260102T03:04:05\n").value(), instant);
    EXPECT_EQ(parse_last_modified("2026-01-02T03:04:05Z\n").value(), instant);
}

TEST(Time, KnowsTheCalendar) {
    EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z").has_value());
    for (const auto* text :
         {"2025-02-29T00:00:00Z",
          "2026-13-01T00:00:00Z",
          "2026-00-01T00:00:00Z",
          "2026-01-32T00:00:00Z",
          "2026-01-01T24:00:00Z",
          "2026-01-01T00:60:00Z",
          "2026-01-01T00:00:61Z"}) {
        expect_error(parse_rfc3339(text), ErrorCode::malformed);
    }
}

TEST(Time, RefusesOtherForms) {
    for (const auto* text :
         {"",
          "Z",
          "2026-01-02 03:04:05Z",
          "2026-01-02T03:04:05",
          "2026-01-02T03:04:05+00:00",
          "2026-01-02T03:04:05.Z",
          "2026-01-02T03:04:05.1234567Z",
          "2026-01-02T03:04:05x12Z",
          "20260102T03:04:05",
          "-026-01-02T03:04:05Z"}) {
        expect_error(parse_rfc3339(text), ErrorCode::malformed);
    }
    for (const auto* text :
         {"", "\n", "20260102 03:04:05\n", "20260102T03:04:05\n\n", "2026x102T03:04:05"}) {
        expect_error(parse_last_modified(text), ErrorCode::malformed);
    }
}

TEST(FakeClock, MovesOnlyByHand) {
    test::FakeClock clock;
    const Instant start = clock.now();
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(clock.now() - start, std::chrono::hours(1));
}

}  // namespace
}  // namespace heliograph
