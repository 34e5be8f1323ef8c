// SPDX-License-Identifier: Apache-2.0
#include <tests/support/expect_error.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace heliograph::verify {
namespace {

using test::expect_error;

class TrustBundleTest : public testing::Test {
  protected:
    [[nodiscard]] TrustBundle bundle() const {
        return {
            .name = "Sample index",
            .roots = {m_chain.root},
            .mirrors = {"https://one.example/", "http://127.0.0.1:8080/"}};
    }

    [[nodiscard]] std::string text() const { return render_trust_bundle(bundle()); }

    [[nodiscard]] std::string replaced(const std::string& what, const std::string& with) const {
        std::string changed = text();
        const std::size_t at = changed.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return changed.replace(at, what.size(), with);
    }

    pki::test::SampleChain m_chain;
};

TEST_F(TrustBundleTest, ReadsBackWhatItWrote) {
    const auto read = parse_trust_bundle(text());
    ASSERT_TRUE(test::succeeded(read));
    EXPECT_EQ(read->name, "Sample index");
    ASSERT_EQ(read->roots.size(), 1U);
    EXPECT_EQ(read->roots[0], m_chain.root);
    EXPECT_EQ(read->mirrors, bundle().mirrors);
    EXPECT_EQ(render_trust_bundle(*read), text());
}

TEST_F(TrustBundleTest, FingerprintIsTheDigestOfTheFileInGroupsOfFour) {
    const std::string shown = format_fingerprint(trust_fingerprint(bytes_of("abc")));
    EXPECT_EQ(
        shown, "ba78:16bf:8f01:cfea:4141:40de:5dae:2223:b003:61a3:9617:7a9c:b410:ff61:f200:15ad"
    );
}

TEST_F(TrustBundleTest, EachRootHasAnIdWhateverStandsBesideIt) {
    TrustBundle renamed = bundle();
    renamed.name = "x";
    renamed.mirrors.clear();
    const auto before = authority_ids(bundle());
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(authority_ids(renamed), before);
    const pki::test::SampleChain other;
    renamed.roots.push_back(other.root);
    const auto both = authority_ids(renamed);
    EXPECT_EQ(both.size(), 2U);
    EXPECT_NE(std::find(both.begin(), both.end(), before.front()), both.end());
    TrustBundle turned = renamed;
    std::swap(turned.roots[0], turned.roots[1]);
    turned.roots.push_back(other.root);
    EXPECT_EQ(authority_ids(turned), both);
}

TEST_F(TrustBundleTest, RefusesDemandsItCannotCheck) {
    expect_error(
        parse_trust_bundle(replaced("\"tuf-root\": null", "\"tuf-root\": {}")),
        ErrorCode::unsupported
    );
    expect_error(
        parse_trust_bundle(replaced("\"log-policy\": null", "\"log-policy\": \"x\"")),
        ErrorCode::unsupported
    );
    expect_error(
        parse_trust_bundle(replaced("heliograph-trust-1", "heliograph-trust-2")),
        ErrorCode::unsupported
    );
    expect_error(
        parse_trust_bundle(replaced("\"tuf-root\"", "\"tuf-rooot\"")),
        ErrorCode::malformed,
        "tuf-rooot"
    );
}

TEST_F(TrustBundleTest, RefusesRootsThatAreNone) {
    TrustBundle none = bundle();
    none.roots.clear();
    expect_error(parse_trust_bundle(render_trust_bundle(none)), ErrorCode::malformed);
    TrustBundle leaf = bundle();
    leaf.roots = {m_chain.leaf(pki::LeafKind::signer)};
    expect_error(parse_trust_bundle(render_trust_bundle(leaf)), ErrorCode::malformed, "CA");
    expect_error(
        parse_trust_bundle(replaced("BEGIN CERTIFICATE", "BEGIN CERTIFICAT")), ErrorCode::malformed
    );
    expect_error(
        parse_trust_bundle(replaced("\"-----BEGIN", "7,\"-----BEGIN")), ErrorCode::malformed
    );
}

TEST_F(TrustBundleTest, RefusesMirrorsThatAreNoPlainUrl) {
    for (const char* url :
         {"ftp://x/", "https://", "https:///x", "https://user:pass@x/", "https://x/ y", "x", ""}) {
        expect_error(
            parse_trust_bundle(replaced("https://one.example/", url)),
            ErrorCode::malformed,
            "mirrors"
        );
    }
}

TEST_F(TrustBundleTest, RefusesOtherDocuments) {
    for (const char* document : {"", "[]", "null", "{}", "{\"format\":1}"}) {
        expect_error(parse_trust_bundle(document), ErrorCode::malformed);
    }
    expect_error(parse_trust_bundle(std::string(2'000'000, ' ')), ErrorCode::too_large);
    expect_error(parse_trust_bundle(replaced("Sample index", "\\u0007")), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::verify
