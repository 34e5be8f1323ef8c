// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bar_chart.hpp>
#include <mirror/statistics/bzip2_file.hpp>
#include <mirror/statistics/collection.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/fetch/scripted_transport.hpp>

#include <fstream>

namespace heliograph::mirror {
namespace {

using scripted::ScriptedAnswer;
using scripted::ScriptedTransport;
using test::succeeded;

class CollectionTest : public ::testing::Test {
  protected:
    // The fifth day of a month, so that months are over and not over within reach.
    const StatisticsDay today = parse_day("2026-03-05").value();

    [[nodiscard]] StatisticsDay ago(int days) const { return today - std::chrono::days(days); }

    std::string packed(const AccessTable& table) const {
        const auto path = temp / "packing";
        auto writer = Bzip2Writer::create(path).value();
        EXPECT_TRUE(succeeded(writer.write(render_access_table(table))));
        EXPECT_TRUE(succeeded(writer.commit(Replacement::allowed)));
        return std::string(text_of(read_file(path, 1'000'000).value()));
    }
    void own(StatisticsDay day, const AccessTable& table) const {
        std::filesystem::create_directories(temp.path() / local_days_place);
        std::ofstream(temp.path() / local_days_place / day_file_name(day)) << packed(table);
    }
    static std::string url(const std::string& mirror, StatisticsDay day) {
        return "https://" + mirror + "/local-stats/days/" + day_file_name(day);
    }
    Result<CollectReport> try_collect(const std::vector<std::string>& mirrors) {
        CollectRequest request{
            .folder = temp.path(),
            .mirrors = {},
            .today = today,
            .reach = std::chrono::days(8),
            .bounds = bounds};
        for (const auto& mirror : mirrors) {
            request.mirrors.push_back(Url::parse("https://" + mirror + "/").value());
        }
        return collect_statistics(request, transport, [](const AccessKey& key) -> Result<bool> {
            return key.package != "invented";
        });
    }
    CollectReport collect(const std::vector<std::string>& mirrors) {
        auto report = try_collect(mirrors);
        EXPECT_TRUE(succeeded(report));
        return report ? *std::move(report) : CollectReport{};
    }
    [[nodiscard]] AccessTable summed(const std::string& place) const {
        auto table = read_access_file(temp.path() / "stats" / place);
        return table ? *std::move(table) : AccessTable{};
    }

    const AccessKey wheel{"wheel", "wheel-1.0.tar.gz", "pip/1"};
    const AccessKey other{"other", "other-1.0.tar.gz", "uv/1"};
    test::TempFolder temp;
    ScriptedTransport transport;
    SumBounds bounds;
};

TEST_F(CollectionTest, SumsOwnDaysAndThoseOfAllMirrors) {
    own(ago(1), {{wheel, 1}});
    transport.answer(url("a.example", ago(1)), packed({{wheel, 10}, {other, 5}}));
    transport.answer(url("b.example", ago(1)), packed({{wheel, 100}}));
    transport.answer(url("b.example", ago(6)), packed({{wheel, 7}}));
    const auto report = collect({"a.example", "b.example"});
    EXPECT_TRUE(report.complete());
    EXPECT_EQ(report.days_summed, 2U);
    EXPECT_EQ(report.months_summed, 1U);
    EXPECT_EQ(summed("days/2026-03-04.bz2"), (AccessTable{{other, 5}, {wheel, 111}}));
    EXPECT_EQ(summed("months/2026-02.bz2"), (AccessTable{{wheel, 7}}));
    EXPECT_TRUE(summed("months/2026-03.bz2").empty()) << "the month is not over";
}

TEST_F(CollectionTest, AsksAndSumsNothingTwice) {
    transport.answer(url("a.example", ago(1)), packed({{wheel, 10}}));
    collect({"a.example"});
    const auto again = collect({"a.example"});
    EXPECT_EQ(again.days_summed, 0U);
    EXPECT_EQ(transport.count(url("a.example", ago(1))), 1U);
    EXPECT_EQ(summed("days/2026-03-04.bz2"), (AccessTable{{wheel, 10}}));
    // A day that comes late is summed into what was there.
    transport.answer(url("b.example", ago(1)), packed({{wheel, 1}}));
    EXPECT_EQ(collect({"a.example", "b.example"}).days_summed, 1U);
    EXPECT_EQ(summed("days/2026-03-04.bz2"), (AccessTable{{wheel, 11}}));
}

TEST_F(CollectionTest, GoesOnAfterARunThatEnded) {
    transport.answer(url("a.example", ago(6)), packed({{wheel, 10}}));
    collect({"a.example"});
    // As a kill leaves it: a sum without the list of its sources, or neither.
    std::filesystem::remove(temp / "stats/sources/2026-02-27");
    std::filesystem::remove(temp / "stats/sources/2026-02");
    std::filesystem::remove(temp / "stats/months/2026-02.bz2");
    const auto again = collect({"a.example"});
    EXPECT_EQ(again.days_summed, 1U);
    EXPECT_EQ(again.months_summed, 1U);
    EXPECT_EQ(summed("months/2026-02.bz2"), (AccessTable{{wheel, 10}}));
}

TEST_F(CollectionTest, KeepsLiesInTheirColumn) {
    const AccessKey invented{"invented", "invented-1.0.tar.gz", "pip/1"};
    transport.answer(url("a.example", ago(1)), packed({{wheel, 10}}));
    transport.answer(
        url("liar.example", ago(1)),
        packed({{wheel, statistics_limits::count}, {invented, statistics_limits::count}})
    );
    collect({"a.example", "liar.example"});
    const auto with_liar = summed("days/2026-03-04.bz2");
    EXPECT_EQ(with_liar, (AccessTable{{wheel, statistics_limits::count}}));
    EXPECT_EQ(
        summed(
            "columns/" + column_name(Url::parse("https://a.example/").value()) + "/2026-03-04.bz2"
        ),
        (AccessTable{{wheel, 10}})
    );
    // Taken off the list, it is out of the sums.
    collect({"a.example"});
    EXPECT_EQ(summed("days/2026-03-04.bz2"), (AccessTable{{wheel, 10}}));
}

TEST_F(CollectionTest, CountsNamesWithoutNumberForTheirFiles) {
    bounds = {.agents = 8, .source_agents = 3, .rows = 8, .source_rows = 4};
    AccessTable flood;
    for (int at = 0; at < 100; ++at) {
        flood.emplace(AccessKey{"wheel", "wheel-1.0.tar.gz", "liar/" + std::to_string(at)}, 1);
    }
    own(ago(1), {{wheel, 1}, {other, 1}});
    transport.answer(url("liar.example", ago(1)), packed(flood));
    transport.answer(url("a.example", ago(1)), packed({{wheel, 10}, {other, 5}}));
    EXPECT_TRUE(collect({"liar.example", "a.example"}).complete());
    const auto sum = summed("days/2026-03-04.bz2");
    EXPECT_EQ(sum.at(wheel), 11U);
    EXPECT_EQ(sum.at(other), 6U);
    const AccessKey rest{"wheel", "wheel-1.0.tar.gz", "other"};
    EXPECT_EQ(sum.at(rest), 97U) << "three of its names, and all the others together";
    EXPECT_EQ(sum.size(), 6U);
}

TEST_F(CollectionTest, WritesNoSumThatItCouldNotRead) {
    bounds = {.most_rows = 2};
    own(ago(1), {{wheel, 1}});
    transport.answer(
        url("liar.example", ago(1)),
        packed({{{"a", "a-1.tar.gz", "x"}, 1}, {{"b", "b-1.tar.gz", "x"}, 1}})
    );
    transport.answer(url("a.example", ago(1)), packed({{wheel, 10}}));
    const auto report = collect({"liar.example", "a.example"});
    ASSERT_EQ(report.columns[0].failures.size(), 1U);
    EXPECT_EQ(report.columns[0].failures[0].code(), ErrorCode::too_large);
    EXPECT_TRUE(report.columns[1].failures.empty());
    const auto sum = summed("days/2026-03-04.bz2");
    EXPECT_EQ(sum.at(wheel), 11U);
    EXPECT_EQ(sum.size(), 2U);
}

TEST_F(CollectionTest, GoesOnWithoutADayThatTheDiskAltered) {
    own(ago(2), {{wheel, 1}});
    own(ago(1), {{wheel, 2}});
    std::ofstream(temp.path() / local_days_place / day_file_name(ago(2))) << "garbage";
    transport.answer(url("a.example", ago(2)), packed({{wheel, 10}}));
    const auto report = collect({"a.example"});
    EXPECT_FALSE(report.complete());
    ASSERT_EQ(report.failures.size(), 1U);
    EXPECT_NE(report.failures[0].describe().find("2026-03-03"), std::string::npos);
    EXPECT_EQ(summed("days/2026-03-03.bz2"), (AccessTable{{wheel, 10}}));
    EXPECT_EQ(summed("days/2026-03-04.bz2"), (AccessTable{{wheel, 2}}));
}

TEST_F(CollectionTest, TakesNothingThatItCannotRead) {
    transport.answer(url("a.example", ago(1)), "garbage");
    transport.answer(url("a.example", ago(2)), packed({{wheel, 10}}).substr(0, 40));
    transport.answer(url("a.example", ago(3)), packed({{{"../x", "y", "z"}, 1}}));
    transport.answer(url("a.example", ago(4)), ScriptedAnswer{.status = 500});
    transport.answer(url("a.example", ago(5)), packed({{wheel, 1}}));
    transport.kill("https://dead.example/", Error(ErrorCode::network, "it is dead"));
    const auto report = collect({"dead.example", "a.example"});
    EXPECT_FALSE(report.complete());
    ASSERT_EQ(report.columns.size(), 2U);
    EXPECT_EQ(report.columns[0].failures.size(), 1U) << "a dead mirror is asked once";
    EXPECT_EQ(report.columns[1].failures.size(), 4U);
    EXPECT_EQ(report.columns[1].days, 1U) << "the others are not delayed";
    EXPECT_EQ(report.days_summed, 1U);
}

TEST_F(CollectionTest, AsksNobodyInTheOpen) {
    const CollectRequest request{
        .folder = temp.path(),
        .mirrors = {Url::parse("http://a.example/").value()},
        .today = today};
    const auto report =
        collect_statistics(request, transport, [](const AccessKey&) { return true; }).value();
    EXPECT_FALSE(report.complete());
    EXPECT_TRUE(transport.requests().empty());
}

TEST_F(CollectionTest, ShowsWhatIsFetchedMost) {
    own(ago(2), {{wheel, 3}, {other, 3}});
    own(ago(1), {{wheel, 1}});
    const auto folder = temp.path() / local_days_place;
    const DayRange range{.first = ago(5), .last = ago(1)};
    EXPECT_EQ(
        top_accesses(folder, range, AccessColumn::project, 9).value(),
        (std::vector<AccessSum>{{"wheel", 4}, {"other", 3}})
    );
    EXPECT_EQ(
        top_accesses(folder, range, AccessColumn::agent, 1).value(),
        (std::vector<AccessSum>{{"pip/1", 4}})
    );
    EXPECT_EQ(
        accesses_by_day(folder, range, "wheel").value(),
        (std::vector<AccessSum>{{"2026-03-03", 3}, {"2026-03-04", 1}})
    );
    EXPECT_EQ(accesses_by_day(folder, {ago(1), ago(1)}, "").value().size(), 1U);
    EXPECT_TRUE(top_accesses(temp / "none", range, AccessColumn::file, 9).value().empty());
}

TEST(BarChart, DrawsToScaleAndEscapes) {
    const std::vector<AccessSum> sums = {{"a", 100}, {"bb", 1}, {"c", 0}};
    const auto lines = render_bars(sums, 46);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0], "a  100 " + std::string(39, '#'));
    EXPECT_EQ(lines[1], "bb   1 #") << "what is not nothing shows";
    EXPECT_EQ(lines[2], "c    0 ");
    const auto svg = render_svg({{"</svg><script>", statistics_limits::count}}, "a & b\x1b[2J");
    EXPECT_EQ(svg.find("<script"), std::string::npos);
    EXPECT_NE(svg.find("a &amp; b?[2J"), std::string::npos);
    EXPECT_NE(svg.find("height=\"200\" fill"), std::string::npos) << svg;
    EXPECT_TRUE(render_bars({}, 80).empty());
}

}  // namespace
}  // namespace heliograph::mirror
