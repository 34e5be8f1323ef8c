// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/verify/resolve/graph_source.hpp>
#include <verify/resolve/resolution.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::verify {
namespace {

using test_resolve::Graph;
using test_resolve::GraphNeed;
using test_resolve::GraphSource;
using test_resolve::GraphVersion;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Answer = std::variant<Solution, NoSolution>;

GraphVersion needing(std::vector<GraphNeed> needs) {
    return {std::move(needs), std::nullopt};
}

Answer answer_of(const Graph& graph) {
    GraphSource source(graph);
    auto answer = resolve(source, {0});
    EXPECT_TRUE(answer.has_value());
    return *std::move(answer);
}

std::vector<std::string> why_not(const Graph& graph) {
    const auto answer = answer_of(graph);
    const auto* reasons = std::get_if<NoSolution>(&answer);
    EXPECT_NE(reasons, nullptr) << "there is a solution";
    return reasons == nullptr ? std::vector<std::string>() : reasons->lines;
}

TEST(Resolution, TakesTheNewestWhereEverythingFits) {
    const Graph graph{{
        {needing({{1, {0, 1, 2}}})},
        {needing({}), needing({}), needing({{2, {0, 1}}})},
        {needing({}), needing({})},
    }};
    EXPECT_EQ(std::get<Solution>(answer_of(graph)), (Solution{{{0}, 0}, {{1}, 2}, {{2}, 1}}));
}

TEST(Resolution, GivesANewerVersionUpForTheSakeOfTheWhole) {
    // The newest a needs b 2, which needs another a.
    const Graph graph{{
        {needing({{1, {0, 1}}})},
        {needing({}), needing({{2, {1}}})},
        {needing({}), needing({{1, {0}}})},
    }};
    EXPECT_EQ(std::get<Solution>(answer_of(graph)), (Solution{{{0}, 0}, {{1}, 0}}));
}

TEST(Resolution, LeavesOutWhatNobodyNeeds) {
    const Graph graph{{{needing({})}, {needing({})}}};
    EXPECT_EQ(std::get<Solution>(answer_of(graph)), (Solution{{{0}, 0}}));
}

TEST(Resolution, ComesToTermsWithCyclesAndPackagesThatNeedThemselves) {
    const Graph graph{{
        {needing({{1, {0, 1, 2}}})},
        {needing({{2, {0}}}), needing({{1, {0, 1}}, {2, {0}}}), needing({{1, {0}}})},
        {needing({{1, {0, 1}}})},
    }};
    EXPECT_EQ(std::get<Solution>(answer_of(graph)), (Solution{{{0}, 0}, {{1}, 1}, {{2}, 0}}));
}

TEST(Resolution, SaysWhoWantsWhatWhenVersionsExcludeEachOther) {
    const auto lines = why_not({{
        {needing({{1, {0}}, {2, {0}}})},
        {needing({{3, {0}}})},
        {needing({{3, {1}}})},
        {needing({}), needing({})},
    }});
    ASSERT_FALSE(lines.empty());
    std::string all;
    for (const auto& line : lines) {
        all += line + "\n";
    }
    EXPECT_THAT(all, HasSubstr("a 1 needs c of 1"));
    EXPECT_THAT(all, HasSubstr("b 1 needs c of 2"));
    EXPECT_THAT(all, HasSubstr("you want a of 1"));
    EXPECT_TRUE(lines.back().ends_with("there is no solution.")) << all;
}

TEST(Resolution, SaysThatThereIsNone) {
    EXPECT_THAT(
        why_not({{{needing({{1, {}}})}, {needing({})}}}),
        ElementsAre("Because you want a of, but there is none, there is no solution.")
    );
}

TEST(Resolution, SaysWhyAVersionCannotBeTaken) {
    const auto lines = why_not({{
        {needing({{1, {0}}})},
        {{{}, "needs a file from a URL"}},
    }});
    ASSERT_THAT(lines, SizeIs(1));
    EXPECT_EQ(
        lines[0],
        "1. Because you want a of 1 and a 1 needs a file from a URL, there is no solution."
    );
}

TEST(Resolution, TellsOfNeighboursThatNeedTheSameAsOfOne) {
    Graph graph{{
        {needing({{1, {0, 1, 2, 3}}, {2, {0}}})},
        std::vector<GraphVersion>(4, needing({{2, {1}}})),
        {needing({}), needing({})},
    }};
    const auto lines = why_not(graph);
    ASSERT_FALSE(lines.empty());
    EXPECT_THAT(lines, SizeIs(::testing::Le(4)));
}

// Many packages that all exclude each other: no order of looking makes this short.
Graph pigeons(std::size_t count) {
    Graph graph{{{needing({})}}};
    // Holes of one version for each pigeon that sits there.
    const auto hole = [&](std::size_t index) { return count + 1 + index; };
    for (std::size_t pigeon = 1; pigeon <= count; ++pigeon) {
        graph.packages[0][0].needs.push_back({pigeon, {}});
        std::vector<GraphVersion> versions;
        for (std::size_t index = 0; index + 1 < count; ++index) {
            graph.packages[0][0].needs.back().places.push_back(index);
            versions.push_back(needing({{hole(index), {pigeon - 1}}}));
        }
        graph.packages.push_back(std::move(versions));
    }
    for (std::size_t index = 0; index + 1 < count; ++index) {
        graph.packages.emplace_back(count, needing({}));
    }
    return graph;
}

TEST(Resolution, EndsWithinItsLimits) {
    GraphSource source(pigeons(9));
    const auto steps = resolve(source, {0}, {.steps = 500});
    ASSERT_FALSE(steps.has_value());
    EXPECT_EQ(steps.error().code(), ErrorCode::too_large);
    const auto packages = resolve(source, {0}, {.packages = 5});
    ASSERT_FALSE(packages.has_value());
    EXPECT_EQ(packages.error().code(), ErrorCode::too_large);
    const auto needs = resolve(source, {0}, {.needs = 5});
    ASSERT_FALSE(needs.has_value());
    EXPECT_EQ(needs.error().code(), ErrorCode::too_large);
    EXPECT_FALSE(why_not(pigeons(5)).empty());
}

TEST(Resolution, RemembersNoMoreThanItMay) {
    // Each version of a wants something that there is none of, and fifty things more.
    constexpr std::size_t versions = 300;
    constexpr std::size_t more = 50;
    std::vector<GraphNeed> needs{{2, {}}};
    Graph graph{{{needing({{1, {}}})}, {}, {}}};
    for (std::size_t i = 0; i < more; ++i) {
        needs.push_back({graph.packages.size(), {0}});
        graph.packages.push_back({needing({})});
    }
    for (std::size_t place = 0; place < versions; ++place) {
        graph.packages[0][0].needs[0].places.push_back(place);
        graph.packages[1].push_back(needing(needs));
    }
    GraphSource bounded(graph);
    const auto found = resolve(bounded, {0}, {.learnt_bytes = 1U << 20U});
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code(), ErrorCode::too_large);
    EXPECT_THAT(found.error().describe(), HasSubstr("learns at most 1048576 bytes"));
    EXPECT_LT(bounded.asked(), 60U) << "of 300 versions";
    GraphSource whole(graph);
    EXPECT_TRUE(resolve(whole, {0}).has_value()) << "it is no more than the usual limit";
}

TEST(Resolution, TellsOfALongSearchInABoundedNumberOfLines) {
    EXPECT_THAT(why_not(pigeons(6)), SizeIs(::testing::Le(31)));
}

}  // namespace
}  // namespace heliograph::verify
