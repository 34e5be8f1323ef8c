// SPDX-License-Identifier: Apache-2.0
// The policy of a proxy: what it keeps out, and which documents are none (threats T17, T21).
#include <mirror/proxy/proxy_policy.hpp>
#include <tests/unit/verify/index/sample_page.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace heliograph::mirror {
namespace {

using testing::HasSubstr;
using testing::Optional;

ProxyPolicy policy_of(const std::string& members) {
    return ProxyPolicy::parse(R"({"format": "heliograph-proxy-policy-1")" + members + "}").value();
}

verify::ProjectName project(const std::string& name) {
    return verify::parse_project_name(name).value();
}

TEST(ProxyPolicy, ObjectsToNothingUnlessItSaysSo) {
    const auto file = verify::test_pages::sample_file("demo-2.0-py3-none-any.whl");
    for (const auto& policy : {ProxyPolicy(), policy_of("")}) {
        EXPECT_FALSE(policy.objection(project("demo"), "main"));
        EXPECT_FALSE(policy.objection(file, Instant{}));
        EXPECT_FALSE(policy.demands_revocation());
    }
}

TEST(ProxyPolicy, KeepsPinnedNamesToTheirIndex) {
    const auto policy = policy_of(R"(, "pins": [{"projects": "acme-*", "index": "acme"},
                                                {"projects": "tool", "index": "acme"}])");
    EXPECT_FALSE(policy.objection(project("acme-web"), "acme"));
    EXPECT_FALSE(policy.objection(project("tools"), "main"));
    EXPECT_FALSE(policy.objection(project("acme"), "main"));
    EXPECT_THAT(
        policy.objection(project("Acme_Web"), "main"),
        Optional(HasSubstr("takes acme-* from the index acme only, this is main"))
    );
    EXPECT_TRUE(policy.objection(project("tool"), "main"));
}

TEST(ProxyPolicy, DeniesBeforeItAllows) {
    const auto policy = policy_of(R"(, "allow": ["wheel", "acme-*"], "deny": ["acme-old"])");
    EXPECT_FALSE(policy.objection(project("wheel"), "main"));
    EXPECT_FALSE(policy.objection(project("acme-new"), "main"));
    EXPECT_THAT(
        policy.objection(project("acme-old"), "main"), Optional(HasSubstr("denies acme-old"))
    );
    EXPECT_THAT(policy.objection(project("wheels"), "main"), Optional(HasSubstr("not among")));
    EXPECT_TRUE(policy_of(R"(, "allow": [])").objection(project("wheel"), "main"));
}

TEST(ProxyPolicy, DemandsAgeAndEvidence) {
    auto file = verify::test_pages::sample_file("demo-2.0-py3-none-any.whl");
    const auto aged = policy_of(R"(, "min_age_hours": 24)");
    file.upload_time = Instant{} + std::chrono::hours(10);
    EXPECT_TRUE(aged.objection(file, Instant{} + std::chrono::hours(33)));
    EXPECT_FALSE(aged.objection(file, Instant{} + std::chrono::hours(34)));
    file.upload_time.reset();
    EXPECT_THAT(aged.objection(file, Instant{}), Optional(HasSubstr("no upload time")));
    const auto proven = policy_of(R"(, "require": ["provenance", "revocation"])");
    EXPECT_TRUE(proven.demands_revocation());
    file.provenance.reset();
    EXPECT_TRUE(proven.objection(file, Instant{}));
    file.provenance = file.sha256;
    EXPECT_FALSE(proven.objection(file, Instant{}));
}

TEST(ProxyPolicy, RefusesWhatCannotBeMeant) {
    for (const std::string members :
         {R"(, "alow": [])",
          R"(, "allow": ["Wheel"])",
          R"(, "allow": ["a*b"])",
          R"(, "deny": ["**"])",
          R"(, "deny": [""])",
          R"(, "deny": [1])",
          R"(, "deny": "a")",
          R"(, "min_age_hours": -1)",
          R"(, "min_age_hours": 99999999)",
          R"(, "min_age_hours": "3")",
          R"(, "require": ["luck"])",
          R"(, "pins": [{"projects": "a"}])",
          R"(, "pins": [{"projects": "a", "index": "b", "or": 1}])",
          R"(, "pins": [[]])",
          R"(, "format": "heliograph-proxy-policy-1")"}) {
        EXPECT_FALSE(ProxyPolicy::parse(R"({"format": "heliograph-proxy-policy-1")" + members + "}")
        ) << members;
    }
    EXPECT_EQ(
        ProxyPolicy::parse(R"({"format": "heliograph-proxy-policy-2"})").error().code(),
        ErrorCode::unsupported
    );
    EXPECT_FALSE(ProxyPolicy::parse("[]"));
    EXPECT_FALSE(ProxyPolicy::parse(std::string(2'000'000, ' ')));
}

}  // namespace
}  // namespace heliograph::mirror
