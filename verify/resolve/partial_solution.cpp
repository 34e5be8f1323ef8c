// SPDX-License-Identifier: Apache-2.0
#include <pki/base/result.hpp>
#include <verify/resolve/partial_solution.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

TermRelation PartialSolution::relation(PackageId package, const VersionSet& term) const {
    const auto found = m_of.find(package);
    if (found == m_of.end()) {
        return TermRelation::open;
    }
    const auto& known = m_steps[found->second.back()].all;
    if (known.is_within(term)) {
        return TermRelation::satisfied;
    }
    return known.meets(term) ? TermRelation::open : TermRelation::contradicted;
}

void PartialSolution::append(Assignment step) {
    auto& of = m_of[step.package];
    if (!of.empty()) {
        step.all = m_steps[of.back()].all & step.all;
    }
    of.push_back(m_steps.size());
    m_steps.push_back(std::move(step));
}

void PartialSolution::decide(PackageId package, std::size_t place) {
    const auto& known = m_steps[m_of.at(package).back()].all;
    auto set = VersionSet::none(known.versions());
    set.add(place);
    ++m_level;
    m_decided.emplace(package, place);
    append({package, set, set, m_level, std::nullopt});
}

void PartialSolution::derive(PackageId package, const VersionSet& set, IncompatibilityId cause) {
    append({package, set, set, m_level, cause});
}

void PartialSolution::go_back(std::size_t level) {
    while (!m_steps.empty() && m_steps.back().level > level) {
        const auto package = m_steps.back().package;
        if (!m_steps.back().cause) {
            m_decided.erase(package);
        }
        auto& of = m_of.at(package);
        of.pop_back();
        if (of.empty()) {
            m_of.erase(package);
        }
        m_steps.pop_back();
    }
    m_level = level;
}

std::size_t PartialSolution::first_step(
    PackageId package, const VersionSet& term, const VersionSet* extra
) const {
    const auto& of = m_of.at(package);
    // What is known only grows, so the first step from which on it suffices can be halved for.
    const auto suffices = [&](std::size_t step) {
        const auto& all = m_steps[step].all;
        return extra == nullptr ? all.is_within(term) : (all & *extra).is_within(term);
    };
    const auto found = std::partition_point(of.begin(), of.end(), [&](std::size_t step) {
        return !suffices(step);
    });
    HG_ASSERT(found != of.end());
    return *found;
}

Satisfier PartialSolution::find_satisfier(const Incompatibility& incompatibility) const {
    Satisfier satisfier;
    for (const auto& [package, term] : incompatibility.terms) {
        satisfier.step = std::max(satisfier.step, first_step(package, term, nullptr));
    }
    const auto& last = m_steps[satisfier.step];
    for (const auto& [package, term] : incompatibility.terms) {
        if (package != last.package) {
            const auto step = first_step(package, term, nullptr);
            satisfier.previous_level = std::max(satisfier.previous_level, m_steps[step].level);
        } else if (!last.set.is_within(term)) {
            // It takes steps before the last one to narrow the package down to the term.
            const auto step = first_step(package, term, &last.set);
            satisfier.previous_level = std::max(satisfier.previous_level, m_steps[step].level);
        }
    }
    return satisfier;
}

std::vector<std::pair<PackageId, VersionSet>> PartialSolution::undecided() const {
    std::vector<std::pair<PackageId, VersionSet>> found;
    for (const auto& [package, of] : m_of) {
        const auto& known = m_steps[of.back()].all;
        if (!known.holds_absent() && m_decided.count(package) == 0) {
            found.emplace_back(package, known);
        }
    }
    return found;
}

}  // namespace heliograph::verify
