// SPDX-License-Identifier: Apache-2.0
// Incompatibilities in plain words.
#include <verify/resolve/incompatibility.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::size_t lines_shown = 30;
constexpr std::size_t ranges_shown = 4;

/// Neighbouring places.
struct PlaceRange {
    std::size_t first = 0;
    std::size_t last = 0;
};

std::vector<PlaceRange> ranges_of(const VersionSet& set) {
    std::vector<PlaceRange> ranges;
    for (const auto place : set.places()) {
        if (!ranges.empty() && ranges.back().last + 1 == place) {
            ranges.back().last = place;
        } else {
            ranges.push_back({place, place});
        }
    }
    return ranges;
}

class Explanation {
  public:
    Explanation(const std::vector<Incompatibility>& all, const PackageSource& source)
        : m_all(all), m_source(source) {}

    std::vector<std::string> lines_for(IncompatibilityId last) {
        if (derivation_of(last) == nullptr) {
            return {"Because " + sentence(last) + ", there is no solution."};
        }
        std::vector<IncompatibilityId> todo{last};
        while (!todo.empty()) {
            const auto id = todo.back();
            const auto* derivation = derivation_of(id);
            if (derivation == nullptr || m_numbers.count(id) == 1) {
                todo.pop_back();
                continue;
            }
            const auto open = todo.size();
            for (const auto cause : {derivation->right, derivation->left}) {
                if (derivation_of(cause) != nullptr && m_numbers.count(cause) == 0) {
                    todo.push_back(cause);
                }
            }
            if (todo.size() == open) {
                todo.pop_back();
                add_line(id, *derivation);
            }
        }
        if (m_lines.size() > lines_shown) {
            const auto left_out = m_lines.size() - lines_shown;
            m_lines.erase(m_lines.begin(), m_lines.begin() + static_cast<std::ptrdiff_t>(left_out));
            m_lines.insert(
                m_lines.begin(), "(" + std::to_string(left_out) + " steps before are left out)"
            );
        }
        return std::move(m_lines);
    }

  private:
    const Derivation* derivation_of(IncompatibilityId id) const {
        return std::get_if<Derivation>(&m_all[id].cause);
    }

    void add_line(IncompatibilityId id, const Derivation& derivation) {
        const auto number = m_numbers.size() + 1;
        const auto follows = [&](IncompatibilityId cause) {
            const auto found = m_numbers.find(cause);
            return found != m_numbers.end() && found->second + 1 == number;
        };
        std::string line;
        if (follows(derivation.left) || follows(derivation.right)) {
            const auto other = follows(derivation.left) ? derivation.right : derivation.left;
            line = "And because " + reference(other);
        } else {
            line = "Because " + reference(derivation.left) + " and " + reference(derivation.right);
        }
        m_numbers.emplace(id, number);
        m_lines.push_back(
            std::to_string(number) + ". " + line + ", " + conclusion(m_all[id].terms) + "."
        );
    }

    std::string reference(IncompatibilityId id) const {
        const auto found = m_numbers.find(id);
        return sentence(id) +
               (found == m_numbers.end() ? "" : " (" + std::to_string(found->second) + ")");
    }

    std::string sentence(IncompatibilityId id) const {
        const auto& incompatibility = m_all[id];
        if (const auto* fact = std::get_if<DependencyFact>(&incompatibility.cause)) {
            return (is_root(fact->from) ? "you want " : versions(fact->from, fact->of) + " needs "
                   ) +
                   fact->need + (fact->why_none.empty() ? "" : ", but " + fact->why_none);
        }
        if (const auto* fact = std::get_if<UnusableFact>(&incompatibility.cause)) {
            return m_source.name(fact->package) + " " +
                   m_source.version_name(fact->package, fact->place) + " " + fact->why;
        }
        return conclusion(incompatibility.terms);
    }

    // `a 1.0 and b cannot be had together`, `a 1.0 needs b 2.0`, `b 2.0 is needed`.
    std::string conclusion(const std::map<PackageId, VersionSet>& terms) const {
        std::vector<std::string> there;
        std::vector<std::string> needed;
        for (const auto& [package, set] : terms) {
            if (set.holds_absent()) {
                needed.push_back(versions(package, set.complement()));
            } else if (!is_root(package)) {
                there.push_back(versions(package, set));
            }
        }
        if (there.empty() && needed.empty()) {
            return "there is no solution";
        }
        if (needed.empty()) {
            return joined(there, " and ") +
                   (there.size() == 1 ? " cannot be had" : " cannot be had together");
        }
        const auto wanted = joined(needed, " or ");
        return there.empty() ? wanted + " is needed" : joined(there, " with ") + " needs " + wanted;
    }

    static std::string joined(const std::vector<std::string>& parts, const std::string& word) {
        std::string text;
        for (const auto& part : parts) {
            text += (text.empty() ? "" : word) + part;
        }
        return text;
    }

    bool is_root(PackageId package) const { return m_source.name(package).empty(); }

    std::string versions(PackageId package, const VersionSet& set) const {
        const auto name = m_source.name(package);
        const auto count = m_source.versions(package);
        const auto text_of = [&](std::size_t place) {
            return m_source.version_name(package, place);
        };
        const auto ranges = ranges_of(set);
        if (set.count() == count && count > 1) {
            return name + " in any version";
        }
        std::string text;
        for (std::size_t i = 0; i < std::min(ranges.size(), ranges_shown); ++i) {
            const auto& range = ranges[i];
            text += text.empty() ? " " : ", ";
            if (range.first == range.last) {
                text += text_of(range.first);
            } else if (range.first == 0) {
                text += "up to " + text_of(range.last);
            } else {
                text += text_of(range.first) + " to " + text_of(range.last);
            }
        }
        return name + text + (ranges.size() > ranges_shown ? ", ..." : "");
    }

    const std::vector<Incompatibility>& m_all;
    const PackageSource& m_source;
    std::map<IncompatibilityId, std::size_t> m_numbers;  ///< Lines that are there, from 1.
    std::vector<std::string> m_lines;
};

}  // namespace

std::vector<std::string> explain(
    IncompatibilityId last, const std::vector<Incompatibility>& all, const PackageSource& source
) {
    return Explanation(all, source).lines_for(last);
}

}  // namespace heliograph::verify
