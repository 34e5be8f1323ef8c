// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/profile.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::succeeded;
using test::sample_now;
using test::SampleChain;
using test::sure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string text_form(const Certificate& certificate) {
    const auto outcome = test_support::run(
        {.program = "openssl",
         .arguments = {"x509", "-noout", "-text"},
         .input = certificate.to_pem()}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return outcome.output;
}

TEST(Profile, OfTheRootHoldsWhatStrictClientsWant) {
    SampleChain chain;
    const std::string text = text_form(chain.root);
    EXPECT_THAT(text, HasSubstr("Basic Constraints: critical\n                CA:TRUE\n"));
    EXPECT_THAT(text, HasSubstr("Key Usage: critical\n                Certificate Sign, CRL Sign"));
    EXPECT_THAT(text, HasSubstr("Name Constraints: critical"));
    EXPECT_THAT(text, HasSubstr("IP:127.0.0.0/255.0.0.0"));
    EXPECT_THAT(text, HasSubstr("Subject Key Identifier"));
    EXPECT_THAT(text, HasSubstr("ecdsa-with-SHA256"));
    EXPECT_THAT(text, Not(HasSubstr("Extended Key Usage")));
    EXPECT_TRUE(chain.root.is_self_issued());
    EXPECT_TRUE(chain.root.is_ca());
}

TEST(Profile, OfTheIntermediateHasPathLengthZeroAndItsPurposes) {
    SampleChain chain;
    EXPECT_THAT(text_form(chain.intermediate), HasSubstr("CA:TRUE, pathlen:0"));
    EXPECT_THAT(
        chain.intermediate.extended_key_usages(),
        ElementsAre(
            ExtendedKeyUsage::server_auth,
            ExtendedKeyUsage::client_auth,
            ExtendedKeyUsage::code_signing,
            ExtendedKeyUsage::other
        )
    );
}

TEST(Profile, OfLeavesHasOnePurposeAndCriticalKeyUsage) {
    SampleChain chain;
    const Certificate server = chain.leaf(LeafKind::server);
    EXPECT_THAT(server.extended_key_usages(), ElementsAre(ExtendedKeyUsage::server_auth));
    EXPECT_THAT(server.dns_names(), ElementsAre("localhost"));
    EXPECT_THAT(server.ip_addresses(), ElementsAre("127.0.0.1", "::1"));
    EXPECT_FALSE(server.is_ca());
    const std::string text = text_form(server);
    EXPECT_THAT(text, HasSubstr("Key Usage: critical\n                Digital Signature\n"));
    EXPECT_THAT(text, Not(HasSubstr("Extended Key Usage: critical")));
    const Certificate client = chain.leaf(LeafKind::client);
    EXPECT_THAT(client.extended_key_usages(), ElementsAre(ExtendedKeyUsage::client_auth));
    EXPECT_THAT(client.uris(), ElementsAre("spiffe://sample/client/sample"));
    const Certificate signer = chain.leaf(LeafKind::signer);
    EXPECT_THAT(signer.extended_key_usages(), ElementsAre(ExtendedKeyUsage::code_signing));
    EXPECT_TRUE(signer.dns_names().empty() && signer.uris().empty());
}

TEST(Profile, LifeStartsFiveMinutesAgoAndItsLastSecondCounts) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::signer);
    EXPECT_EQ(leaf.not_before(), sample_now - std::chrono::minutes(5));
    EXPECT_EQ(leaf.not_after(), sample_now + std::chrono::days(90) - std::chrono::seconds(1));
}

TEST(Profile, SerialsAreLongAndNeverTheSame) {
    SampleChain chain;
    const Certificate one = chain.leaf(LeafKind::signer);
    const Certificate two = chain.leaf(LeafKind::signer);
    EXPECT_NE(one.serial_hex(), two.serial_hex());
    EXPECT_GE(one.serial_hex().size(), 28U);
    EXPECT_LE(one.serial_hex().size(), 40U);
}

TEST(Profile, RefusesNamesThatTheAuthorityMayNotVouchFor) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::server);
    wanted.common_name = "";
    wanted.dns = {"pypi.example.org"};
    expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "localhost");
    wanted.dns = {"mirror.localhost"};
    EXPECT_TRUE(succeeded(chain.issue(wanted)));
    wanted.ip = {"10.1.2.3"};
    expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "may vouch for");
}

TEST(Profile, WithoutConstraintsTakesAnyName) {
    SampleChain chain{NameConstraints{}};
    LeafProfile wanted = chain.profile(LeafKind::server);
    wanted.common_name = "*.example.org";
    wanted.dns = {"*.example.org"};
    EXPECT_TRUE(succeeded(chain.issue(wanted)));
    EXPECT_TRUE(sure(constraints_of(chain.root)).empty());
}

TEST(Profile, RefusesNamesThatAreNone) {
    SampleChain chain{NameConstraints{}};
    for (const std::string& bad :
         {std::string(),
          std::string("a_b.example.org"),
          std::string("example.org."),
          std::string(".example.org"),
          std::string("a..b"),
          std::string("-a.example.org"),
          std::string("*"),
          std::string("*.org"),
          std::string("f*.example.org"),
          std::string("a.*.example.org"),
          std::string("127.0.0.1"),
          std::string("exa mple.org"),
          std::string("ex\xc3\xa4mple.org"),
          std::string("a\0.example.org", 14),
          std::string(64, 'a') + ".org",
          std::string(10'000, 'a')}) {
        LeafProfile wanted = chain.profile(LeafKind::server);
        wanted.common_name = "";
        wanted.dns = {bad};
        expect_error(chain.issue(wanted), ErrorCode::invalid_argument);
    }
    for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4.5", "300.0.0.1", "::g", "1::2::3"}) {
        LeafProfile wanted = chain.profile(LeafKind::server);
        wanted.ip = {bad};
        expect_error(chain.issue(wanted), ErrorCode::invalid_argument);
    }
    for (const char* bad : {"", "no-scheme", "spiffe:", "Spiffe://x", "spiffe://a b", "://x"}) {
        LeafProfile wanted = chain.profile(LeafKind::client);
        wanted.uri = {bad};
        expect_error(chain.issue(wanted), ErrorCode::invalid_argument);
    }
}

TEST(Profile, RefusesWhatAKindMustNotHold) {
    SampleChain chain;
    LeafProfile server = chain.profile(LeafKind::server);
    server.dns.clear();
    server.ip.clear();
    server.common_name = "";
    expect_error(chain.issue(server), ErrorCode::invalid_argument, "server");
    LeafProfile other_name = chain.profile(LeafKind::server);
    other_name.common_name = "other.localhost";
    expect_error(chain.issue(other_name), ErrorCode::invalid_argument, "common name");
    LeafProfile signer = chain.profile(LeafKind::signer);
    signer.uri = {"spiffe://sample/x"};
    expect_error(chain.issue(signer), ErrorCode::invalid_argument);
    LeafProfile client = chain.profile(LeafKind::client);
    client.dns = {"localhost"};
    expect_error(chain.issue(client), ErrorCode::invalid_argument);
}

TEST(Profile, NeverOutlivesItsIssuer) {
    SampleChain chain;
    LeafProfile wanted = chain.profile(LeafKind::signer);
    wanted.validity = validity_from(sample_now, std::chrono::days(4000));
    expect_error(chain.issue(wanted), ErrorCode::invalid_argument, "fewer days");
}

TEST(Profile, WorksWithEveryKindOfKey) {
    for (const KeyType type : {KeyType::p256, KeyType::p384, KeyType::ed25519}) {
        SampleChain chain;
        chain.leaf_key = sure(PrivateKey::generate(type));
        EXPECT_TRUE(succeeded(chain.issue(chain.profile(LeafKind::client))));
    }
}

TEST(Constraints, AreReadBackAsTheyWereGiven) {
    const auto wanted = sure(parse_constraints(
        {"example.org", "Sub.Example.NET", "10.0.0.0/8", "192.168.1.7", "fd00::/8"}
    ));
    EXPECT_THAT(wanted.dns, ElementsAre("example.org", "sub.example.net"));
    EXPECT_THAT(wanted.ip_ranges, ElementsAre("10.0.0.0/8", "192.168.1.7/32", "fd00::/8"));
    SampleChain chain{wanted};
    const NameConstraints read = sure(constraints_of(chain.root));
    EXPECT_EQ(read.dns, wanted.dns);
    EXPECT_EQ(read.ip_ranges, wanted.ip_ranges);
}

TEST(Constraints, RefuseWhatIsNoNameAndNoRange) {
    for (const char* bad :
         {"",
          "*.example.org",
          "10.0.0.0/33",
          "10.0.0.1/8",
          "10.0.0.0/",
          "10.0.0.0/-1",
          "::/129",
          "a b"}) {
        expect_error(parse_constraints({bad}), ErrorCode::invalid_argument);
    }
    expect_error(
        parse_constraints(std::vector<std::string>(65, "example.org")), ErrorCode::too_large
    );
}

TEST(Reason, WordsGoThereAndBack) {
    for (const char* word :
         {"unspecified",
          "key-compromise",
          "affiliation-changed",
          "superseded",
          "cessation-of-operation",
          "privilege-withdrawn"}) {
        EXPECT_EQ(revocation_reason_name(sure(parse_revocation_reason(word))), word);
    }
    for (const auto& [word, reason] :
         {std::pair("keyCompromise", RevocationReason::key_compromise),
          std::pair("affiliationChanged", RevocationReason::affiliation_changed),
          std::pair("cessationOfOperation", RevocationReason::cessation_of_operation),
          std::pair("privilegeWithdrawn", RevocationReason::privilege_withdrawn)}) {
        EXPECT_EQ(sure(parse_revocation_reason(word)), reason) << "as RFC 5280 spells it";
    }
    expect_error(
        parse_revocation_reason("KeyCompromise"),
        ErrorCode::invalid_argument,
        "key-compromise (keyCompromise)"
    );
    expect_error(parse_leaf_kind("king"), ErrorCode::invalid_argument, "server");
}

}  // namespace
}  // namespace heliograph::pki
