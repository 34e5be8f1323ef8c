// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/access_ledger.hpp>
#include <mirror/statistics/bzip2_file.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>

#include <fstream>

namespace heliograph::mirror {
namespace {

using test::succeeded;

constexpr auto one_day = std::chrono::hours(24);
const std::string ledger_wheel = "wheel-0.38.4-py3-none-any.whl";

class AccessLedgerTest : public ::testing::Test {
  protected:
    std::unique_ptr<AccessLedger> open(const AccessBounds& bounds = {}) {
        auto ledger = AccessLedger::open(temp.path(), clock, &told, bounds);
        EXPECT_TRUE(succeeded(ledger));
        return *std::move(ledger);
    }

    // The day is over, and the servers beside had their time.
    void pass_midnight() {
        clock.set(Instant(day_of(clock.now()) + std::chrono::days(1)) + std::chrono::seconds(10));
    }

    [[nodiscard]] std::filesystem::path file_of(StatisticsDay day) const {
        return temp.path() / local_days_place / day_file_name(day);
    }
    [[nodiscard]] std::string text_of_day(StatisticsDay day) const {
        const auto packed = read_file(file_of(day), statistics_limits::packed_bytes);
        return packed ? unpack_bzip2(*packed, statistics_limits::text_bytes).value() : "no file";
    }

    struct Told final : EventSink {
        void emit(const Event& event) override { names.emplace_back(event.name); }
        std::vector<std::string> names;
    };

    Told told;
    test::TempFolder temp;
    test::FakeClock clock{
        Instant(std::chrono::sys_days(std::chrono::days(20'000))) + std::chrono::hours(12)};
    StatisticsDay today = day_of(clock.now());
};

TEST_F(AccessLedgerTest, SumsAllLoopsIntoOneFileADay) {
    const auto ledger = open();
    const auto one = ledger->counter();
    const auto two = ledger->counter();
    one->count(ledger_wheel, "pip/23.0.1 {\"ci\":null}");
    two->count(ledger_wheel, "pip/23.0.1 {\"ci\":true}");
    ASSERT_TRUE(succeeded(ledger->flush()));
    two->count(ledger_wheel, "curl/8");
    one->count("Other_Name-1.0.tar.gz", "");
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_EQ(text_of_day(today), "no file") << "the day is not over";
    pass_midnight();
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_EQ(
        text_of_day(today),
        "# package,filename,useragent,count\n"
        "other-name,Other_Name-1.0.tar.gz,other,1\n"
        "wheel," +
            ledger_wheel +
            ",curl/8,1\n"
            "wheel," +
            ledger_wheel + ",pip/23.0.1,2\n"
    );
}

TEST_F(AccessLedgerTest, KeepsWhatWasFlushedThroughACrash) {
    {
        const auto crashed = open();
        const auto counter = crashed->counter();
        counter->count(ledger_wheel, "pip/1");
        ASSERT_TRUE(succeeded(crashed->flush()));
        counter->count(ledger_wheel, "pip/1");  // Never flushed: the few seconds that are lost.
    }
    const auto again = open();
    again->counter()->count(ledger_wheel, "pip/1");
    ASSERT_TRUE(succeeded(again->flush()));
    pass_midnight();
    ASSERT_TRUE(succeeded(again->flush()));
    EXPECT_NE(text_of_day(today).find("pip/1,2\n"), std::string::npos) << text_of_day(today);
}

TEST_F(AccessLedgerTest, FlushesOfItselfWhenItGoes) {
    {
        const auto ledger = open();
        ledger->start(std::chrono::seconds(3600));
        ledger->counter()->count(ledger_wheel, "pip/1");
    }
    pass_midnight();
    ASSERT_TRUE(succeeded(open()->flush()));
    EXPECT_NE(text_of_day(today).find("pip/1,1\n"), std::string::npos);
}

TEST_F(AccessLedgerTest, NeverWritesADayTwice) {
    const auto ledger = open();
    ledger->counter()->count(ledger_wheel, "pip/1");
    ASSERT_TRUE(succeeded(ledger->flush()));
    // As a process leaves it that ends behind the file and before its rows are dropped.
    std::ofstream(file_of(today)) << "written before";
    pass_midnight();
    ASSERT_TRUE(succeeded(ledger->flush()));
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_EQ(text_of(read_file(file_of(today), 100).value()), "written before");
    EXPECT_EQ(told.names, (std::vector<std::string>{"statistics.day-differs"})) << "said once";
    EXPECT_FALSE(std::filesystem::exists(file_of(day_of(clock.now()))));
}

TEST_F(AccessLedgerTest, WritesAFileForDaysWithoutAnAccessToo) {
    const auto ledger = open();
    clock.advance(3 * one_day);
    ASSERT_TRUE(succeeded(ledger->flush()));
    for (int day = 0; day < 3; ++day) {
        EXPECT_EQ(text_of_day(today + std::chrono::days(day)), access_header());
    }
    EXPECT_EQ(text_of_day(today + std::chrono::days(3)), "no file");
}

TEST_F(AccessLedgerTest, CountsForTheDayOnWhichItHappened) {
    const auto ledger = open();
    ledger->counter()->count(ledger_wheel, "pip/1");
    pass_midnight();
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_NE(text_of_day(today).find("pip/1,1\n"), std::string::npos);
}

TEST_F(AccessLedgerTest, OpensNoDayAgainWhenTheClockGoesBack) {
    const auto ledger = open();
    pass_midnight();
    ASSERT_TRUE(succeeded(ledger->flush()));
    const auto before = text_of_day(today);
    clock.set(Instant(today));
    ASSERT_TRUE(succeeded(ledger->flush()));
    ledger->counter()->count(ledger_wheel, "pip/1");
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_EQ(text_of_day(today), before);
    clock.set(Instant(today) + 2 * one_day + std::chrono::seconds(10));
    ASSERT_TRUE(succeeded(ledger->flush()));
    EXPECT_NE(text_of_day(today + std::chrono::days(1)).find("pip/1,1\n"), std::string::npos);
}

TEST_F(AccessLedgerTest, IsBoundedWhateverClientsCallThemselves) {
    const auto ledger = open({.agents = 3, .rows = 100});
    const auto counter = ledger->counter();
    for (int agent = 0; agent < 50; ++agent) {
        counter->count(ledger_wheel, "liar/" + std::to_string(agent));
    }
    ASSERT_TRUE(succeeded(ledger->flush()));
    counter->count(ledger_wheel, std::string(100'000, 'x'));
    counter->count(ledger_wheel, "two\r\nlines");
    counter->count(ledger_wheel, "a,\"b\"");
    ASSERT_TRUE(succeeded(ledger->flush()));
    pass_midnight();
    ASSERT_TRUE(succeeded(ledger->flush()));
    const auto table = parse_access_table(text_of_day(today)).value();
    EXPECT_EQ(table.size(), 4U);
    EXPECT_EQ((table.at({"wheel", ledger_wheel, "other"})), 50U);
}

TEST_F(AccessLedgerTest, KeepsNoMoreThanItsBoundBetweenTwoMerges) {
    AccessCounter counter;
    for (std::size_t count = 0; count < AccessCounter::most_entries + 100; ++count) {
        counter.count(ledger_wheel, "liar/" + std::to_string(count));
    }
    const auto counts = counter.take();
    EXPECT_EQ(counts.size(), AccessCounter::most_entries + 1);
    EXPECT_EQ(counts.find(ledger_wheel + "\nother")->second, 100U);
    EXPECT_TRUE(counter.take().empty());
}

TEST_F(AccessLedgerTest, IsSharedByServersBeside) {
    const auto one = open();
    const auto two = open();
    one->counter()->count(ledger_wheel, "pip/1");
    two->counter()->count(ledger_wheel, "pip/1");
    ASSERT_TRUE(succeeded(one->flush()));
    pass_midnight();
    ASSERT_TRUE(succeeded(two->flush()));
    ASSERT_TRUE(succeeded(one->flush()));
    EXPECT_NE(text_of_day(today).find("pip/1,2\n"), std::string::npos);
}

TEST_F(AccessLedgerTest, CountsForTheOpenDayWhatComesAfterAServerBesideClosedTheOther) {
    const auto one = open();
    const auto two = open();
    two->counter()->count(ledger_wheel, "pip/1");
    one->counter()->count(ledger_wheel, "uv/1");
    pass_midnight();
    ASSERT_TRUE(succeeded(two->flush()));
    ASSERT_TRUE(succeeded(one->flush()));
    EXPECT_NE(text_of_day(today).find("pip/1,1\n"), std::string::npos);
    pass_midnight();
    ASSERT_TRUE(succeeded(two->flush()));
    EXPECT_NE(text_of_day(today + std::chrono::days(1)).find("uv/1,1\n"), std::string::npos);
    EXPECT_TRUE(told.names.empty());
}

}  // namespace
}  // namespace heliograph::mirror
