// SPDX-License-Identifier: Apache-2.0
// Policies along paths that are no more than their policies (RFC 5280, section 6.1; RFC 9618).
#include <pki/x509/policy_graph.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using testing::HasSubstr;

const std::string gold = "1.2.3.1";
const std::string silver = "1.2.3.2";
const std::string bronze = "1.2.3.3";
const std::string any(oid::any_policy);

CertificateFields saying(std::vector<std::string> policies) {
    CertificateFields fields;
    fields.subject.canonical = {"subject"};
    fields.issuer.canonical = {"issuer"};
    fields.policies = std::move(policies);
    return fields;
}

CertificateFields silent() {
    CertificateFields fields = saying({});
    fields.policies.reset();
    return fields;
}

/// Policies hold for a path that begins below the anchor; empty, or why not.
std::string judged(const std::vector<CertificateFields>& from_the_top, const PolicyInput& input) {
    std::vector<std::reference_wrapper<const CertificateFields>> path(
        from_the_top.rbegin(), from_the_top.rend()
    );
    return check_policies(path, input).value_or("");
}

PolicyInput demanding(std::vector<std::string> accepted) {
    return {.accepted = std::move(accepted), .explicit_policy = PolicyInput::Demand::required};
}

TEST(PolicyGraph, AsksForNothingUnlessSomebodyDemandsAPolicy) {
    EXPECT_EQ(judged({silent(), silent()}, {}), "");
    EXPECT_EQ(judged({saying({gold}), saying({silver})}, {}), "");
    EXPECT_THAT(judged({silent(), silent()}, demanding({any})), HasSubstr("all certificates"));
}

TEST(PolicyGraph, WantsOnePolicyOnTheWholePath) {
    EXPECT_EQ(judged({saying({gold, silver}), saying({silver})}, demanding({any})), "");
    EXPECT_EQ(judged({saying({any}), saying({silver})}, demanding({silver})), "");
    EXPECT_EQ(judged({saying({silver}), saying({any})}, demanding({silver})), "");
    EXPECT_NE(judged({saying({gold}), saying({silver})}, demanding({any})), "");
    EXPECT_NE(judged({saying({gold}), silent(), saying({gold})}, demanding({any})), "");
}

TEST(PolicyGraph, WantsAPolicyThatTheUserAccepts) {
    EXPECT_EQ(judged({saying({gold}), saying({gold})}, demanding({gold})), "");
    EXPECT_THAT(
        judged({saying({gold}), saying({gold})}, demanding({silver})),
        HasSubstr("accepted policies")
    );
    EXPECT_THAT(judged({saying({gold}), saying({gold})}, demanding({})), HasSubstr("accepted"));
}

TEST(PolicyGraph, LetsACertificateDemandPoliciesOfThoseBelow) {
    CertificateFields demanding_now = saying({gold});
    demanding_now.policy_constraints = PolicyConstraintsField{.require_explicit = 0U};
    EXPECT_EQ(judged({demanding_now, saying({gold})}, {}), "");
    EXPECT_NE(judged({demanding_now, silent()}, {}), "");
    CertificateFields demanding_later = saying({gold});
    demanding_later.policy_constraints = PolicyConstraintsField{.require_explicit = 1U};
    EXPECT_NE(judged({demanding_later, saying({gold}), silent()}, {}), "");
    CertificateFields leaf = silent();
    leaf.policy_constraints = PolicyConstraintsField{.require_explicit = 0U};
    EXPECT_NE(judged({saying({gold}), leaf}, {}), "") << "a leaf may demand it of itself";
}

TEST(PolicyGraph, MapsOnePolicyToAnother) {
    CertificateFields mapping = saying({gold});
    mapping.policy_mappings = {{gold, silver}};
    EXPECT_EQ(judged({mapping, saying({silver})}, demanding({gold})), "");
    EXPECT_NE(judged({mapping, saying({gold})}, demanding({gold})), "")
        << "the policy has another name below";
    EXPECT_NE(judged({mapping, saying({silver})}, demanding({silver})), "")
        << "the user speaks of it as the first authority does";
    CertificateFields from_any = saying({any});
    from_any.policy_mappings = {{gold, silver}};
    EXPECT_EQ(judged({from_any, saying({silver})}, demanding({gold})), "");
}

TEST(PolicyGraph, MapsNothingWhereMappingIsInhibited) {
    CertificateFields mapping = saying({gold, bronze});
    mapping.policy_mappings = {{gold, silver}};
    PolicyInput input = demanding({any});
    input.mapping = PolicyInput::Mapping::inhibited;
    EXPECT_NE(judged({mapping, saying({silver})}, input), "");
    EXPECT_EQ(judged({mapping, saying({bronze})}, input), "");
    CertificateFields inhibiting = saying({gold});
    inhibiting.policy_constraints = PolicyConstraintsField{.inhibit_mapping = 0U};
    EXPECT_NE(judged({inhibiting, mapping, saying({silver})}, demanding({any})), "");
}

TEST(PolicyGraph, NeverMapsAnyPolicy) {
    for (const PolicyMappingField& bad :
         {PolicyMappingField{any, gold}, PolicyMappingField{gold, any}}) {
        CertificateFields mapping = saying({gold});
        mapping.policy_mappings = {bad};
        EXPECT_THAT(judged({mapping, saying({gold})}, {}), HasSubstr("mapping"));
    }
}

TEST(PolicyGraph, TakesAnyPolicyForNoneWhereItIsInhibited) {
    PolicyInput input = demanding({any});
    input.any_policy = PolicyInput::AnyPolicy::inhibited;
    EXPECT_NE(judged({saying({any}), saying({gold})}, input), "");
    CertificateFields inhibiting = saying({gold});
    inhibiting.inhibit_any_policy = 0U;
    EXPECT_NE(judged({inhibiting, saying({any})}, demanding({any})), "");
    inhibiting.inhibit_any_policy = 1U;
    EXPECT_EQ(judged({inhibiting, saying({any})}, demanding({any})), "");
    CertificateFields self_issued = saying({any});
    self_issued.issuer = self_issued.subject;
    inhibiting.inhibit_any_policy = 0U;
    EXPECT_EQ(judged({inhibiting, self_issued, saying({gold})}, demanding({gold})), "")
        << "an authority's new key is still the same authority";
}

TEST(PolicyGraph, StaysSmallWhateverTheMappings) {
    // With a tree instead of a graph (RFC 9618, section 3), the nodes would double at each step.
    std::vector<std::string> policies;
    std::vector<PolicyMappingField> mappings;
    for (int i = 0; i < 40; ++i) {
        policies.push_back("1.2.4." + std::to_string(i));
    }
    for (const std::string& from : policies) {
        for (const std::string& to : policies) {
            mappings.push_back({from, to});
        }
    }
    CertificateFields mapping = saying(policies);
    mapping.policy_mappings = mappings;
    std::vector<CertificateFields> path(12, mapping);
    path.push_back(saying({policies.front()}));
    EXPECT_EQ(judged(path, demanding({policies.back()})), "");
}

}  // namespace
}  // namespace heliograph::pki
