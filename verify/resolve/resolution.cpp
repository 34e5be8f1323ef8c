// SPDX-License-Identifier: Apache-2.0
#include <verify/resolve/partial_solution.hpp>
#include <verify/resolve/resolution.hpp>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace heliograph::verify {

namespace {

using Terms = std::map<PackageId, VersionSet>;

VersionSet only(std::size_t versions, std::size_t place) {
    auto set = VersionSet::none(versions);
    set.add(place);
    return set;
}

/// What two incompatibilities say together once it does not matter what @p pivot is.
Terms resolvent(const Terms& left, const Terms& right, PackageId pivot) {
    Terms terms = left;
    for (const auto& [package, set] : right) {
        const auto found = terms.find(package);
        if (found == terms.end()) {
            terms.emplace(package, set);
        } else {
            found->second = package == pivot ? found->second | set : found->second & set;
        }
    }
    if (terms.at(pivot).is_everything()) {
        terms.erase(pivot);
    }
    return terms;
}

// What a fact or a term takes besides its sets and texts: nodes, keys, lists of ids.
constexpr std::size_t fact_bytes = 384;
constexpr std::size_t term_bytes = 112;

std::size_t size_of(const VersionSet& set) {
    return set.versions() / 8;
}

/// About what an incompatibility takes while it is remembered.
std::size_t size_of(const Incompatibility& incompatibility) {
    std::size_t bytes = fact_bytes;
    for (const auto& [package, set] : incompatibility.terms) {
        bytes += term_bytes + size_of(set);
    }
    if (const auto* fact = std::get_if<DependencyFact>(&incompatibility.cause)) {
        // Its text stands in the key of its neighbours too.
        bytes += size_of(fact->of) + 2 * fact->need.size() + fact->why_none.size();
    }
    if (const auto* fact = std::get_if<UnusableFact>(&incompatibility.cause)) {
        bytes += fact->why.size();
    }
    return bytes;
}

class Search {
  public:
    Search(PackageSource& source, PackageId root, const ResolutionLimits& limits)
        : m_source(source), m_root(root), m_limits(limits) {}

    Result<std::variant<Solution, NoSolution>> run() {
        HG_TRY(const auto wanted, add({{{m_root, only(1, 0).complement()}}, RootFact{}}));
        m_partial.derive(m_root, only(1, 0), wanted);
        std::optional<PackageId> next = m_root;
        while (next) {
            HG_TRY(const auto dead_end, propagate(*next));
            if (dead_end) {
                return std::variant<Solution, NoSolution>(NoSolution{
                    explain(*dead_end, m_all, m_source)});
            }
            HG_TRY(next, decide());
        }
        return std::variant<Solution, NoSolution>(m_partial.decisions());
    }

  private:
    Result<IncompatibilityId> keep(Incompatibility incompatibility) {
        m_learnt_bytes += size_of(incompatibility);
        if (m_learnt_bytes > m_limits.learnt_bytes) {
            return Error(
                ErrorCode::too_large,
                "expected a search that learns at most " + std::to_string(m_limits.learnt_bytes) +
                    " bytes of what excludes what, saw more after " + std::to_string(m_all.size()) +
                    " facts; name narrower versions"
            );
        }
        m_all.push_back(std::move(incompatibility));
        return m_all.size() - 1;
    }

    /// From now on conclusions are drawn from it.
    void watch(IncompatibilityId id) {
        for (const auto& [package, set] : m_all[id].terms) {
            m_of[package].push_back(id);
        }
    }

    Result<IncompatibilityId> add(Incompatibility incompatibility) {
        HG_TRY(const auto id, keep(std::move(incompatibility)));
        watch(id);
        return id;
    }

    Outcome count_step() {
        if (++m_steps <= m_limits.steps) {
            return {};
        }
        return Error(
            ErrorCode::too_large,
            "expected a solution within " + std::to_string(m_limits.steps) +
                " steps, saw none yet; name narrower versions"
        );
    }

    /// What one incompatibility says now.
    struct Standing {
        bool conflicts = false;           ///< All terms hold.
        std::optional<PackageId> forced;  ///< All but this one hold.
    };
    Standing standing_of(const Incompatibility& incompatibility) const {
        std::optional<PackageId> open;
        for (const auto& [package, set] : incompatibility.terms) {
            const auto relation = m_partial.relation(package, set);
            if (relation == TermRelation::contradicted ||
                (relation == TermRelation::open && open)) {
                return {};
            }
            if (relation == TermRelation::open) {
                open = package;
            }
        }
        return {!open, open};
    }

    /// Draws all conclusions. @return  The incompatibility that nothing escapes, if there is one.
    Result<std::optional<IncompatibilityId>> propagate(PackageId from) {
        std::vector<PackageId> changed{from};
        while (!changed.empty()) {
            const auto package = changed.back();
            changed.pop_back();
            // The newest ones first: what was learnt of a conflict says most.
            auto newest_first = m_of[package];
            std::reverse(newest_first.begin(), newest_first.end());
            for (const auto id : newest_first) {
                const auto standing = standing_of(m_all[id]);
                if (standing.forced) {
                    changed.push_back(derive(*standing.forced, id));
                }
                if (!standing.conflicts) {
                    continue;
                }
                HG_TRY(const auto learnt, learn(id));
                if (!learnt) {
                    return std::optional(m_last);
                }
                const auto forced = standing_of(m_all[*learnt]).forced;
                HG_ASSERT(forced.has_value());
                changed = {derive(*forced, *learnt)};
                break;
            }
        }
        return std::optional<IncompatibilityId>();
    }

    PackageId derive(PackageId package, IncompatibilityId cause) {
        m_partial.derive(package, m_all[cause].terms.at(package).complement(), cause);
        return package;
    }

    /// Goes back to where the conflict could have been seen first. @return  What was learnt; none
    /// when it holds whatever is decided (then it is m_last).
    Result<std::optional<IncompatibilityId>> learn(IncompatibilityId seen) {
        auto conflict = seen;
        while (true) {
            HG_CHECK(count_step());
            const auto& terms = m_all[conflict].terms;
            const bool final = terms.empty() || (terms.size() == 1 && terms.count(m_root) == 1 &&
                                                 terms.begin()->second.holds(0));
            if (final) {
                m_last = conflict;
                return std::optional<IncompatibilityId>();
            }
            const auto satisfier = m_partial.find_satisfier(m_all[conflict]);
            const auto step = m_partial.step(satisfier.step);
            if (!step.cause || satisfier.previous_level < step.level) {
                m_partial.go_back(satisfier.previous_level);
                if (conflict != seen) {
                    watch(conflict);
                }
                return std::optional(conflict);
            }
            HG_TRY(
                conflict,
                keep(
                    {resolvent(terms, m_all[*step.cause].terms, step.package),
                     Derivation{conflict, *step.cause}}
                )
            );
        }
    }

    /// Chooses a version of one more package. @return  The package whose conclusions are to be
    /// drawn; none when everything is decided.
    Result<std::optional<PackageId>> decide() {
        const auto open = m_partial.undecided();
        if (open.empty()) {
            return std::optional<PackageId>();
        }
        HG_CHECK(count_step());
        // The fewer versions will do, the sooner a mistake shows.
        const auto next =
            std::min_element(open.begin(), open.end(), [](const auto& left, const auto& right) {
                return left.second.count() < right.second.count();
            });
        const auto package = next->first;
        const auto place = m_source.choose(package, next->second);
        HG_ASSERT(next->second.holds(place));
        HG_TRY(const bool fits, learn_needs(package, place));
        if (fits) {
            m_partial.decide(package, place);
        }
        return std::optional(package);
    }

    /// Whether the version contradicts nothing that is known.
    Result<bool> learn_needs(PackageId package, std::size_t place) {
        const auto versions = m_source.versions(package);
        if (!m_asked.insert({package, place}).second) {
            return fits(package, place);
        }
        HG_TRY(const auto needs, m_source.needs(package, place));
        if (const auto* unusable = std::get_if<UnusableVersion>(&needs)) {
            HG_CHECK(add(
                {{{package, only(versions, place)}}, UnusableFact{package, place, unusable->why}}
            ));
            return false;
        }
        const auto& all = std::get<std::vector<PackageNeed>>(needs);
        if (all.size() > m_limits.needs) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(m_limits.needs) + " requirements of " +
                    m_source.name(package) + ", saw more"
            );
        }
        for (const auto& need : all) {
            HG_CHECK(add_need(package, place, need));
        }
        return fits(package, place);
    }

    Outcome add_need(PackageId package, std::size_t place, const PackageNeed& need) {
        auto of = only(m_source.versions(package), place);
        if (need.package == package) {
            // A package that needs itself is fine as long as it fits.
            if (!need.versions.holds(place)) {
                Terms terms{{package, of}};
                HG_CHECK(
                    add({std::move(terms), DependencyFact{package, of, need.text, need.why_none}})
                );
            }
            return {};
        }
        m_packages.insert(need.package);
        if (m_packages.size() > m_limits.packages) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(m_limits.packages) +
                    " packages, saw more at " + need.text + " of " + m_source.name(package)
            );
        }
        // Neighbours that need the same are told of, and looked at, as one.
        const auto key = std::tuple(package, need.package, need.text);
        Terms terms;
        if (auto excluded = need.versions.complement(); !excluded.is_everything()) {
            terms.emplace(need.package, std::move(excluded));
        }
        if (const auto known = m_dependencies.find(key); known != m_dependencies.end()) {
            auto known_terms = m_all[known->second].terms;
            known_terms.erase(package);
            if (known_terms == terms) {
                of = of | std::get<DependencyFact>(m_all[known->second].cause).of;
                retire(known->second);
            }
        }
        terms.emplace(package, of);
        HG_TRY(
            m_dependencies[key],
            add({std::move(terms), DependencyFact{package, of, need.text, need.why_none}})
        );
        return {};
    }

    // It stays what others were derived from, but is not looked at any more.
    void retire(IncompatibilityId id) {
        for (const auto& [package, set] : m_all[id].terms) {
            auto& of = m_of[package];
            of.erase(std::remove(of.begin(), of.end(), id), of.end());
        }
    }

    bool fits(PackageId package, std::size_t place) const {
        const auto found = m_of.find(package);
        if (found == m_of.end()) {
            return true;
        }
        const auto decided = only(m_source.versions(package), place);
        return std::none_of(found->second.begin(), found->second.end(), [&](auto id) {
            const auto& terms = m_all[id].terms;
            return std::all_of(terms.begin(), terms.end(), [&](const auto& term) {
                return term.first == package
                           ? decided.is_within(term.second)
                           : m_partial.relation(term.first, term.second) == TermRelation::satisfied;
            });
        });
    }

    PackageSource& m_source;
    const PackageId m_root;
    const ResolutionLimits m_limits;
    std::vector<Incompatibility> m_all;
    std::map<PackageId, std::vector<IncompatibilityId>> m_of;  ///< In which it has a term.
    std::map<std::tuple<PackageId, PackageId, std::string>, IncompatibilityId> m_dependencies;
    std::set<std::pair<PackageId, std::size_t>> m_asked;
    std::set<PackageId> m_packages;
    PartialSolution m_partial;
    IncompatibilityId m_last = 0;
    std::size_t m_steps = 0;
    std::size_t m_learnt_bytes = 0;
};

}  // namespace

Result<std::variant<Solution, NoSolution>> resolve(
    PackageSource& source, PackageId root, const ResolutionLimits& limits
) {
    return Search(source, root, limits).run();
}

}  // namespace heliograph::verify
