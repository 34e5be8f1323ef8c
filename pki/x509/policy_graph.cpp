// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/policy_graph.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace heliograph::pki {

namespace {

struct PolicyNode {
    std::set<std::string> expected;
    std::set<std::string> parents;  // Policies of the level above.
};

using PolicyLevel = std::map<std::string, PolicyNode>;

const std::string& any_policy_name() {
    static const std::string name(oid::any_policy);
    return name;
}

// One certificate's turn after the other, the anchor's subject first.
class PolicyWalk {
  public:
    PolicyWalk(std::size_t length, const PolicyInput& input)
        : m_length(length),
          m_input(input),
          m_explicit(input.explicit_policy == PolicyInput::Demand::required ? 0 : length + 1),
          m_mapping(input.mapping == PolicyInput::Mapping::inhibited ? 0 : length + 1),
          m_any(input.any_policy == PolicyInput::AnyPolicy::inhibited ? 0 : length + 1) {
        m_levels.push_back({{any_policy_name(), {{any_policy_name()}, {}}}});
    }

    // Returns what is wrong.
    std::optional<std::string> take(const CertificateFields& fields, std::size_t number) {
        const bool is_last = number == m_length;
        add_level(fields, fields.is_self_issued() && !is_last);
        if (m_explicit == 0 && !alive()) {
            return "no policy that all certificates of the path share";
        }
        return is_last ? wrap_up(fields) : prepare_next(fields);
    }

  private:
    [[nodiscard]] bool alive() const { return !m_levels.empty() && !m_levels.back().empty(); }

    void add_level(const CertificateFields& fields, bool is_self_issued_link) {
        if (!fields.policies || !alive()) {
            m_levels.clear();
            return;
        }
        const PolicyLevel& above = m_levels.back();
        PolicyLevel level;
        bool says_any = false;
        for (const std::string& policy : *fields.policies) {
            if (policy == oid::any_policy) {
                says_any = true;
                continue;
            }
            add_named(above, policy, level);
        }
        if (says_any && (m_any > 0 || is_self_issued_link)) {
            add_expected(above, level);
        }
        m_levels.push_back(std::move(level));
    }

    static void add_named(const PolicyLevel& above, const std::string& policy, PolicyLevel& level) {
        PolicyNode node{{policy}, {}};
        for (const auto& [name, parent] : above) {
            if (parent.expected.contains(policy)) {
                node.parents.insert(name);
            }
        }
        if (node.parents.empty() && above.contains(any_policy_name())) {
            node.parents.insert(any_policy_name());
        }
        if (!node.parents.empty()) {
            level.emplace(policy, std::move(node));
        }
    }

    // anyPolicy in the certificate: whatever was expected goes on.
    static void add_expected(const PolicyLevel& above, PolicyLevel& level) {
        PolicyLevel fresh;
        for (const auto& [name, parent] : above) {
            for (const std::string& policy : parent.expected) {
                if (!level.contains(policy)) {
                    PolicyNode& node = fresh[policy];
                    node.expected.insert(policy);
                    node.parents.insert(name);
                }
            }
        }
        level.merge(fresh);
    }

    std::optional<std::string> prepare_next(const CertificateFields& fields) {
        for (const PolicyMappingField& mapping : fields.policy_mappings) {
            if (mapping.issuer == oid::any_policy || mapping.subject == oid::any_policy) {
                return "a policy mapping from or to any policy";
            }
        }
        if (alive()) {
            apply_mappings(fields);
        }
        if (!fields.is_self_issued()) {
            for (std::size_t* count : {&m_explicit, &m_mapping, &m_any}) {
                *count -= *count > 0 ? 1U : 0U;
            }
        }
        if (fields.policy_constraints) {
            const auto& constraints = *fields.policy_constraints;
            m_explicit = std::min<std::size_t>(
                m_explicit, constraints.require_explicit.value_or(UINT32_MAX)
            );
            m_mapping =
                std::min<std::size_t>(m_mapping, constraints.inhibit_mapping.value_or(UINT32_MAX));
        }
        m_any = std::min<std::size_t>(m_any, fields.inhibit_any_policy.value_or(UINT32_MAX));
        return std::nullopt;
    }

    void apply_mappings(const CertificateFields& fields) {
        std::map<std::string, std::set<std::string>> mapped;
        for (const PolicyMappingField& mapping : fields.policy_mappings) {
            mapped[mapping.issuer].insert(mapping.subject);
        }
        PolicyLevel& level = m_levels.back();
        for (auto& [issuer, subjects] : mapped) {
            if (m_mapping == 0) {
                level.erase(issuer);
            } else if (const auto found = level.find(issuer); found != level.end()) {
                found->second.expected = std::move(subjects);
            } else if (const auto any = level.find(any_policy_name()); any != level.end()) {
                level.emplace(issuer, PolicyNode{std::move(subjects), any->second.parents});
            }
        }
    }

    std::optional<std::string> wrap_up(const CertificateFields& fields) {
        m_explicit -= m_explicit > 0 ? 1U : 0U;
        if (fields.policy_constraints && fields.policy_constraints->require_explicit == 0U) {
            m_explicit = 0;
        }
        if (m_explicit > 0 || !accepted_by_user()) {
            return m_explicit > 0 ? std::nullopt
                                  : std::optional<std::string>("none of the accepted policies");
        }
        return std::nullopt;
    }

    // The policies that the authorities vouch for, by the user's own names for them, meet those
    // that the user accepts.
    [[nodiscard]] bool accepted_by_user() const {
        if (!alive()) {
            return false;
        }
        const auto accepts = [this](const std::string& policy) {
            return std::find(m_input.accepted.begin(), m_input.accepted.end(), policy) !=
                   m_input.accepted.end();
        };
        if (accepts(any_policy_name())) {
            return true;
        }
        std::set<std::string> live;
        for (const auto& [name, node] : m_levels.back()) {
            live.insert(name);
        }
        if (live.contains(any_policy_name())) {
            return !m_input.accepted.empty();
        }
        for (std::size_t depth = m_levels.size() - 1; depth > 0; --depth) {
            std::set<std::string> above;
            for (const std::string& name : live) {
                const PolicyNode& node = m_levels[depth].at(name);
                if (name != oid::any_policy && node.parents.contains(any_policy_name()) &&
                    accepts(name)) {
                    return true;
                }
                above.insert(node.parents.begin(), node.parents.end());
            }
            live = std::move(above);
        }
        return false;
    }

    std::size_t m_length;
    const PolicyInput& m_input;
    std::size_t m_explicit;
    std::size_t m_mapping;
    std::size_t m_any;
    std::vector<PolicyLevel> m_levels;
};

}  // namespace

std::optional<std::string> check_policies(
    const std::vector<std::reference_wrapper<const CertificateFields>>& path,
    const PolicyInput& input
) {
    PolicyWalk walk(path.size(), input);
    for (std::size_t number = 1; number <= path.size(); ++number) {
        if (auto wrong = walk.take(path[path.size() - number].get(), number)) {
            return wrong;
        }
    }
    return std::nullopt;
}

}  // namespace heliograph::pki
