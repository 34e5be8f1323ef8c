// SPDX-License-Identifier: Apache-2.0
// Packages of a test: a table of versions with what each needs.
#pragma once

#include <verify/resolve/package_source.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::verify::test_resolve {

struct GraphNeed {
    std::size_t package = 0;
    std::vector<std::size_t> places;
};

struct GraphVersion {
    std::vector<GraphNeed> needs;
    std::optional<std::string> unusable;
};

/// Package 0 is the root, with one version.
struct Graph {
    std::vector<std::vector<GraphVersion>> packages;
};

/// Package 1 is `a`, its place 0 is version 1.
class GraphSource final : public PackageSource {
  public:
    explicit GraphSource(Graph graph) : m_graph(std::move(graph)) {}

    [[nodiscard]] std::string name(PackageId package) const override {
        return package.value == 0 ? "" : std::string(1, static_cast<char>('a' + package.value - 1));
    }
    [[nodiscard]] std::size_t versions(PackageId package) const override {
        return m_graph.packages[package.value].size();
    }
    [[nodiscard]] std::string version_name(PackageId, std::size_t place) const override {
        return std::to_string(place + 1);
    }
    [[nodiscard]] std::size_t choose(PackageId, const VersionSet& allowed) override {
        return allowed.places().back();
    }
    [[nodiscard]] Result<VersionNeeds> needs(PackageId package, std::size_t place) override {
        ++m_asked;
        const auto& version = m_graph.packages[package.value][place];
        if (version.unusable) {
            return VersionNeeds(UnusableVersion{*version.unusable});
        }
        std::vector<PackageNeed> needs;
        for (const auto& need : version.needs) {
            auto set = VersionSet::none(versions({need.package}));
            std::string text = name({need.package}) + " of";
            for (const auto wanted : need.places) {
                set.add(wanted);
                text += " " + std::to_string(wanted + 1);
            }
            needs.push_back({{need.package}, set, text, need.places.empty() ? "there is none" : ""}
            );
        }
        return VersionNeeds(std::move(needs));
    }

    [[nodiscard]] std::size_t asked() const { return m_asked; }
    [[nodiscard]] const Graph& graph() const { return m_graph; }

  private:
    Graph m_graph;
    std::size_t m_asked = 0;
};

}  // namespace heliograph::verify::test_resolve
