// SPDX-License-Identifier: Apache-2.0
#include <pki/x509/certificate.hpp>
#include <pki/x509/chain.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/test_authority.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::succeeded;
using test::SampleChain;
using test::sure;

TEST(Certificate, GoesThroughPemAndDerAndBack) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::server);
    EXPECT_EQ(sure(Certificate::parse_pem(leaf.to_pem())), leaf);
    EXPECT_EQ(sure(Certificate::parse_der(leaf.to_der())).fingerprint(), sha256(leaf.to_der()));
    const auto list = sure(Certificate::parse_pem_list(
        "text before\n" + render_pem_list({leaf, chain.intermediate}) + "text behind\n", 2
    ));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], leaf);
    EXPECT_EQ(list[1], chain.intermediate);
    EXPECT_EQ(leaf.public_key(), chain.leaf_key.public_key());
}

void expect_same_reading(const Certificate& certificate) {
    const Certificate library = sure(Certificate::parse_der(certificate.to_der()));
    const Certificate ours = sure(Certificate::reread(certificate.to_der()));
    EXPECT_EQ(ours, library);
    EXPECT_EQ(ours.subject(), library.subject());
    EXPECT_EQ(ours.issuer(), library.issuer());
    EXPECT_EQ(ours.subject_common_name(), library.subject_common_name());
    EXPECT_EQ(ours.serial_hex(), library.serial_hex());
    EXPECT_EQ(ours.not_before(), library.not_before());
    EXPECT_EQ(ours.not_after(), library.not_after());
    EXPECT_EQ(ours.is_ca(), library.is_ca());
    EXPECT_EQ(ours.is_self_issued(), library.is_self_issued());
    EXPECT_EQ(ours.public_key(), library.public_key());
    EXPECT_EQ(ours.dns_names(), library.dns_names());
    EXPECT_EQ(ours.ip_addresses(), library.ip_addresses());
    EXPECT_EQ(ours.uris(), library.uris());
    EXPECT_EQ(ours.email_addresses(), library.email_addresses());
    EXPECT_EQ(ours.extended_key_usages(), library.extended_key_usages());
    EXPECT_NE(ours.native(), nullptr);
}

TEST(Certificate, IsReadByOurReaderAsByTheLibrary) {
    // Serials are random: some begin with a set bit, which a zero octet goes before.
    for (int round = 0; round < 8; ++round) {
        SampleChain chain;
        expect_same_reading(chain.root);
        expect_same_reading(chain.intermediate);
        expect_same_reading(chain.leaf(LeafKind::server));
        expect_same_reading(chain.leaf(LeafKind::client));
    }
}

// The library reads no key of such an algorithm, so that nothing but its name can be told.
TEST(Certificate, OfAnAlgorithmThatNobodyKnowsIsReadByThoseWhoOnlyTellOfIt) {
    SampleChain chain;
    Bytes der = chain.intermediate.to_der();
    // id-ecPublicKey, whose last arc becomes one that is not registered.
    const Bytes ec{
        std::byte{0x2a},
        std::byte{0x86},
        std::byte{0x48},
        std::byte{0xce},
        std::byte{0x3d},
        std::byte{0x02},
        std::byte{0x01}};
    const auto found = std::search(der.begin(), der.end(), ec.begin(), ec.end());
    ASSERT_NE(found, der.end());
    *(found + 6) = std::byte{0x63};
    expect_error(Certificate::parse_der(der), ErrorCode::unsupported);
    const Certificate foreign = sure(Certificate::parse_der(der, KeyDemand::any));
    EXPECT_FALSE(foreign.has_supported_key());
    EXPECT_FALSE(foreign.key_if_readable().has_value());
    EXPECT_EQ(foreign.key_description(), "an unreadable key of the algorithm 1.2.840.10045.2.99");

    const Certificate leaf = chain.leaf(LeafKind::server);
    const auto report = sure(check_chain(
        {.leaf = leaf,
         .intermediates = {foreign},
         .roots = {chain.root},
         .purpose = ChainPurpose::server,
         .at = leaf.not_before(),
         .revocation = RevocationPolicy::not_checked}
    ));
    EXPECT_TRUE(report.has(ChainDefectCode::bad_signature)) << report.summary();
    EXPECT_TRUE(report.has(ChainDefectCode::weak_key)) << report.summary();
}

TEST(Certificate, IsNotRereadWithAFaultInAnExtension) {
    SampleChain chain;
    Bytes der = chain.root.to_der();
    // CA:TRUE of basicConstraints, whose TRUE must be ff.
    const Bytes yes{std::byte{0x30}, std::byte{3}, std::byte{1}, std::byte{1}, std::byte{0xff}};
    const auto found = std::search(der.begin(), der.end(), yes.begin(), yes.end());
    ASSERT_NE(found, der.end());
    *(found + 4) = std::byte{1};
    expect_error(Certificate::reread(der), ErrorCode::malformed);
    expect_error(Certificate::reread({}), ErrorCode::malformed);
}

TEST(Certificate, AgreesWithTheOpensslCommandOnItsFields) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::client);
    const auto outcome = test_support::run(
        {.program = "openssl",
         .arguments = {"x509", "-noout", "-serial", "-fingerprint", "-sha256", "-enddate"},
         .input = leaf.to_pem()}
    );
    std::string serial = leaf.serial_hex();
    std::transform(serial.begin(), serial.end(), serial.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    EXPECT_NE(outcome.output.find("serial=" + serial), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.output.find("notAfter=Apr  2 03:04:04 2026 GMT"), std::string::npos)
        << outcome.output;
}

TEST(Certificate, KeepsCountAndSizeLimits) {
    SampleChain chain;
    const std::string pem = chain.root.to_pem();
    expect_error(Certificate::parse_pem_list(pem + pem + pem, 2), ErrorCode::too_large);
    expect_error(Certificate::parse_pem(pem + pem), ErrorCode::too_large);
    expect_error(
        Certificate::parse_pem_list(std::string(1024 * 1024 + 1, ' '), 2), ErrorCode::too_large
    );
    expect_error(
        Certificate::parse_der(Bytes(certificate_limit_bytes + 1, std::byte{0x30})),
        ErrorCode::too_large
    );
    EXPECT_TRUE(sure(Certificate::parse_pem_list("", 2)).empty());
}

TEST(Certificate, RefusesKeysBesideCertificatesInAList) {
    SampleChain chain;
    const std::string key(text_of(chain.root_key.to_pem().expose()));
    expect_error(
        Certificate::parse_pem_list(chain.root.to_pem() + key, 4),
        ErrorCode::malformed,
        "PRIVATE KEY"
    );
}

TEST(Certificate, RefusesEveryTruncationAndATail) {
    SampleChain chain;
    const Bytes der = chain.leaf(LeafKind::server).to_der();
    for (std::size_t size = 0; size < der.size(); ++size) {
        EXPECT_FALSE(Certificate::parse_der(ByteSpan(der).first(size)).has_value()) << size;
    }
    Bytes longer = der;
    longer.push_back(std::byte{0});
    expect_error(Certificate::parse_der(longer), ErrorCode::malformed);
}

TEST(Certificate, WithAnyAlteredByteNeverCrashesAndNeverKeepsItsFingerprint) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::server);
    for (std::size_t i = 0; i < leaf.to_der().size(); ++i) {
        for (const int bit : {0, 5, 7}) {
            Bytes altered = leaf.to_der();
            altered[i] ^= std::byte{1} << bit;
            const auto parsed = Certificate::parse_der(altered);
            if (parsed) {
                EXPECT_NE(parsed->fingerprint(), leaf.fingerprint());
                EXPECT_EQ(parsed->to_der(), altered);
            }
        }
    }
}

TEST(Certificate, WithANulInAHostNameIsRefused) {
    const test_support::TestAuthority authority;
    const auto identity =
        authority.issue({.alternative_names = "DNS:good.example.orgXevil.example"});
    Bytes der = sure(Certificate::parse_pem(identity.chain_pem)).to_der();
    const std::string_view text = text_of(der);
    const std::size_t at = text.find("orgXevil") + 3;
    ASSERT_LT(at, der.size());
    der[at] = std::byte{0};
    expect_error(Certificate::parse_der(der), ErrorCode::malformed, "alternative names");
}

TEST(Certificate, ShowsControlCharactersEscaped) {
    const test_support::TestAuthority authority;
    const auto identity = authority.issue({.common_name = "a\x1b[2Jb\nc"});
    const Certificate certificate = sure(Certificate::parse_pem(identity.chain_pem));
    EXPECT_EQ(certificate.subject_common_name().find('\x1b'), std::string::npos);
    EXPECT_EQ(certificate.subject_common_name().find('\n'), std::string::npos);
    EXPECT_EQ(certificate.subject().find('\x1b'), std::string::npos);
}

TEST(RevocationList, GoesThroughPemAndBackAndKnowsItsSerials) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::server);
    const RevocationList made = chain.list_of_intermediate(
        {{leaf.serial_hex(), test::sample_now, RevocationReason::superseded}}
    );
    const auto lists =
        sure(RevocationList::parse_pem_list(made.to_pem() + chain.list_of_root().to_pem(), 2));
    ASSERT_EQ(lists.size(), 2U);
    EXPECT_EQ(lists[0].to_der(), made.to_der());
    EXPECT_TRUE(lists[0].lists(leaf.serial_hex()));
    EXPECT_FALSE(lists[0].lists(chain.intermediate.serial_hex()));
    EXPECT_FALSE(lists[0].lists("no serial"));
    EXPECT_EQ(lists[0].size(), 1U);
    EXPECT_EQ(lists[1].size(), 0U);
    EXPECT_EQ(lists[0].number_hex(), "01");
    EXPECT_EQ(lists[0].issuer(), chain.intermediate.subject());
    EXPECT_EQ(lists[0].this_update(), test::sample_now - issuance_backdate);
}

TEST(RevocationList, RefusesTruncationsForeignBlocksAndTooMany) {
    SampleChain chain;
    const RevocationList made = chain.list_of_root();
    for (std::size_t size = 0; size < made.to_der().size(); ++size) {
        EXPECT_FALSE(RevocationList::parse_der(ByteSpan(made.to_der()).first(size)).has_value());
    }
    expect_error(
        RevocationList::parse_pem_list(chain.root.to_pem(), 1), ErrorCode::malformed, "CERTIFICATE"
    );
    expect_error(
        RevocationList::parse_pem_list(made.to_pem() + made.to_pem(), 1), ErrorCode::too_large
    );
}

TEST(Credential, BindsAKeyToItsCertificate) {
    SampleChain chain;
    const Certificate leaf = chain.leaf(LeafKind::server);
    const std::string certificates = leaf.to_pem() + chain.intermediate.to_pem();
    const std::string key(text_of(chain.leaf_key.to_pem().expose()));
    const auto credential = Credential::parse_bundle(bytes_of(key + certificates));
    ASSERT_TRUE(succeeded(credential));
    EXPECT_EQ(credential->leaf, leaf);
    ASSERT_EQ(credential->intermediates.size(), 1U);
    EXPECT_EQ(text_of(credential->to_bundle_pem().expose()), key + certificates);
    EXPECT_EQ(credential->chain_pem(), certificates);
    const std::string foreign(text_of(chain.root_key.to_pem().expose()));
    expect_error(
        Credential::parse_bundle(bytes_of(foreign + certificates)),
        ErrorCode::invalid_argument,
        "another key"
    );
    expect_error(Credential::parse_bundle(bytes_of(key)), ErrorCode::not_found);
    expect_error(Credential::parse_bundle(bytes_of(certificates)), ErrorCode::not_found);
}

}  // namespace
}  // namespace heliograph::pki
