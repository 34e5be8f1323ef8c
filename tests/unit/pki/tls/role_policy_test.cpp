// SPDX-License-Identifier: Apache-2.0
// From an identity to its roles, and to none that were not given.
#include <pki/tls/role_policy.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using test::SampleChain;
using test::sure;
using testing::ElementsAre;
using testing::IsEmpty;

PeerIdentity named(const std::string& uri) {
    return {.uri = uri, .common_name = {}, .dns_names = {}, .fingerprint = {}, .key = {}};
}

RolePolicy policy(const std::string& rules) {
    return sure(RolePolicy::parse(R"({"format": "heliograph-roles-1", "rules": [)" + rules + "]}"));
}

TEST(RolePolicy, AddsUpTheRolesOfAllRulesThatMatch) {
    const RolePolicy rules =
        policy(R"({"uri": "spiffe://a/client/one", "roles": ["upload", "read"]},)"
               R"({"prefix": "spiffe://a/client/", "roles": ["read", "audit"]})");
    EXPECT_THAT(
        rules.roles_of(named("spiffe://a/client/one")), ElementsAre("audit", "read", "upload")
    );
    EXPECT_THAT(rules.roles_of(named("spiffe://a/client/two")), ElementsAre("audit", "read"));
    EXPECT_THAT(rules.roles_of(named("spiffe://a/server/one")), IsEmpty());
    EXPECT_TRUE(rules.grants(named("spiffe://a/client/one"), "upload"));
    EXPECT_FALSE(rules.grants(named("spiffe://a/client/two"), "upload"));
}

TEST(RolePolicy, GivesNothingWithoutAnIdentityOrRules) {
    EXPECT_THAT(RolePolicy().roles_of(named("spiffe://a/client/one")), IsEmpty());
    const RolePolicy rules = policy(R"({"prefix": "spiffe://a/", "roles": ["read"]})");
    EXPECT_THAT(rules.roles_of(named("")), IsEmpty());
    EXPECT_THAT(rules.roles_of(named("spiffe://a/")), IsEmpty()) << "nobody below it";
    PeerIdentity by_name = named("");
    by_name.common_name = "spiffe://a/client";
    by_name.dns_names = {"spiffe://a/client"};
    EXPECT_THAT(rules.roles_of(by_name), IsEmpty()) << "only the URI is an identity";
}

TEST(RolePolicy, IsNotTalkedOutOfItsPrefix) {
    const RolePolicy rules = policy(R"({"prefix": "spiffe://a/client/", "roles": ["read"]})");
    for (const std::string uri :
         {"spiffe://a/client/../server/one",
          "spiffe://a/client/..",
          "spiffe://a/client/./one",
          "spiffe://a/client//one",
          "spiffe://a/client/%2e%2e/server",
          "spiffe://a/client/one?x",
          "spiffe://a/client/one#x",
          "spiffe://a/client/a\\b",
          "spiffe://a/clientele",
          "SPIFFE://a/client/one",
          "spiffe://a.example/client/one",
          "spiffe://a/client/o ne"}) {
        EXPECT_THAT(rules.roles_of(named(uri)), IsEmpty()) << uri;
    }
    EXPECT_THAT(rules.roles_of(named("spiffe://a/client/x/y")), ElementsAre("read"));
}

TEST(RolePolicy, CanHoldARuleToOneKey) {
    SampleChain chain;
    const Certificate certificate = chain.leaf(LeafKind::client);
    const PeerIdentity identity = identify_peer(certificate);
    const std::string start =
        R"({"uri": "spiffe://sample/client/sample", "roles": ["read"], "key": ")";
    EXPECT_THAT(
        policy(start + identity.key.to_hex() + R"("})").roles_of(identity), ElementsAre("read")
    );
    const std::string other = sha256(bytes_of("other")).to_hex();
    EXPECT_THAT(policy(start + other + R"("})").roles_of(identity), IsEmpty());
    EXPECT_EQ(identity.key, sha256(chain.leaf_key.public_key().spki_der()));
}

TEST(RolePolicy, RefusesWhatCannotBeMeant) {
    for (const std::string rule :
         {R"({"uri": "spiffe://a/b", "roles": ["r"], "until": "2030"})",
          R"({"uri": "spiffe://a/b", "prefix": "spiffe://a/", "roles": ["r"]})",
          R"({"roles": ["r"]})",
          R"({"uri": "spiffe://a/b", "roles": []})",
          R"({"uri": "spiffe://a/b", "roles": ["R"]})",
          R"({"uri": "spiffe://a/b", "roles": [1]})",
          R"({"uri": "spiffe://a/b", "roles": "r"})",
          R"({"uri": "a/b", "roles": ["r"]})",
          R"({"prefix": "spiffe://", "roles": ["r"]})",
          R"({"prefix": "spiffe:///", "roles": ["r"]})",
          R"({"prefix": "spiffe://a", "roles": ["r"]})",
          R"({"prefix": "spiffe://a/b", "roles": ["r"]})",
          R"({"prefix": "spiffe://a/../", "roles": ["r"]})",
          R"({"uri": "spiffe://a/b", "roles": ["r"], "key": "00"})",
          R"("rule")"}) {
        const std::string text = R"({"format": "heliograph-roles-1", "rules": [)" + rule + "]}";
        expect_error(RolePolicy::parse(text), ErrorCode::malformed);
    }
    expect_error(RolePolicy::parse(R"({"rules": []})"), ErrorCode::malformed);
    expect_error(
        RolePolicy::parse(R"({"format": "heliograph-roles-2", "rules": []})"), ErrorCode::malformed
    );
    expect_error(
        RolePolicy::parse(R"({"format": "heliograph-roles-1", "rules": [], "deny": []})"),
        ErrorCode::malformed
    );
}

}  // namespace
}  // namespace heliograph::pki
