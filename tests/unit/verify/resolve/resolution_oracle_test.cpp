// SPDX-License-Identifier: Apache-2.0
// The resolver against one that simply tries everything, on random graphs.
#include <tests/support/case_stride.hpp>
#include <tests/unit/verify/resolve/graph_source.hpp>
#include <verify/resolve/resolution.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace heliograph::verify {
namespace {

using test_resolve::Graph;
using test_resolve::GraphNeed;
using test_resolve::GraphSource;

bool holds(const GraphNeed& need, std::size_t place) {
    return std::find(need.places.begin(), need.places.end(), place) != need.places.end();
}

/// Tries all versions of the first package that is needed and has none.
class Oracle {
  public:
    explicit Oracle(const Graph& graph) : m_graph(graph), m_chosen(graph.packages.size()) {}

    bool is_solvable() {
        m_chosen[0] = 0;
        return go_on();
    }

  private:
    bool go_on() {
        std::optional<std::size_t> open;
        for (std::size_t package = 0; package < m_chosen.size(); ++package) {
            if (!m_chosen[package]) {
                continue;
            }
            for (const auto& need : m_graph.packages[package][*m_chosen[package]].needs) {
                const auto& chosen = m_chosen[need.package];
                if (chosen && !holds(need, *chosen)) {
                    return false;
                }
                open = chosen ? open : std::optional(need.package);
            }
        }
        if (!open) {
            return true;
        }
        const auto& versions = m_graph.packages[*open];
        for (std::size_t place = 0; place < versions.size(); ++place) {
            m_chosen[*open] = place;
            if (!versions[place].unusable && go_on()) {
                return true;
            }
        }
        m_chosen[*open].reset();
        return false;
    }

    const Graph& m_graph;
    std::vector<std::optional<std::size_t>> m_chosen;
};

/// What a graph is made from.
class GraphMaker {
  public:
    explicit GraphMaker(unsigned seed) : m_random(seed) {}

    Graph make() {
        Graph graph;
        const std::size_t packages = 2 + below(7);
        for (std::size_t package = 0; package < packages; ++package) {
            graph.packages.emplace_back(package == 0 ? 1 : 1 + below(5));
        }
        for (auto& versions : graph.packages) {
            for (auto& version : versions) {
                if (&versions != &graph.packages.front() && below(12) == 0) {
                    version.unusable = "is not for us";
                }
                for (auto count = below(4); count > 0; --count) {
                    version.needs.push_back(need_in(graph));
                }
            }
        }
        return graph;
    }

  private:
    std::size_t below(std::size_t end) { return m_random() % end; }

    GraphNeed need_in(const Graph& graph) {
        GraphNeed need{1 + below(graph.packages.size() - 1), {}};
        for (std::size_t place = 0; place < graph.packages[need.package].size(); ++place) {
            if (below(5) < 2) {
                need.places.push_back(place);
            }
        }
        return need;
    }

    std::mt19937 m_random;
};

void expect_sound(const Graph& graph, const Solution& solution) {
    ASSERT_EQ(solution.at({0}), 0U);
    std::vector<std::size_t> reached{0};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        const auto place = solution.at({reached[i]});
        const auto& version = graph.packages[reached[i]][place];
        EXPECT_FALSE(version.unusable);
        for (const auto& need : version.needs) {
            ASSERT_EQ(solution.count({need.package}), 1U);
            EXPECT_TRUE(holds(need, solution.at({need.package})));
            if (std::find(reached.begin(), reached.end(), need.package) == reached.end()) {
                reached.push_back(need.package);
            }
        }
    }
    EXPECT_EQ(reached.size(), solution.size()) << "something is there that nobody needs";
}

TEST(ResolutionOracle, AgreesOnWhatCanBeSolvedAndEverySolutionIsOne) {
    std::size_t solved = 0;
    constexpr unsigned graphs = 20'000 / test_support::case_stride;
    for (unsigned seed = 0; seed < graphs; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const auto graph = GraphMaker(seed).make();
        GraphSource source(graph);
        const auto answer = resolve(source, {0});
        ASSERT_TRUE(answer.has_value());
        const auto* solution = std::get_if<Solution>(&*answer);
        ASSERT_EQ(solution != nullptr, Oracle(graph).is_solvable());
        if (solution != nullptr) {
            ++solved;
            expect_sound(graph, *solution);
        } else {
            EXPECT_FALSE(std::get<NoSolution>(*answer).lines.empty());
        }
    }
    EXPECT_GT(solved, graphs / 10);
    EXPECT_LT(solved, graphs - graphs / 10);
}

}  // namespace
}  // namespace heliograph::verify
