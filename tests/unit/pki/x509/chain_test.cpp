// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/x509/chain.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace heliograph::pki {
namespace {

using heliograph::test::expect_error;
using heliograph::test::succeeded;
using std::chrono::days;
using test::sample_now;
using test::SampleChain;
using test::sure;

ChainReport judge(const ChainRequest& request) {
    return sure(check_chain(request));
}

// Exactly these codes, each at least once, and nothing else.
void expect_only(const ChainReport& report, std::vector<ChainDefectCode> codes) {
    EXPECT_FALSE(report.accepted());
    for (const ChainDefectCode code : codes) {
        EXPECT_TRUE(report.has(code)) << chain_defect_name(code) << " is missing";
    }
    for (const ChainDefect& defect : report.defects) {
        EXPECT_NE(std::find(codes.begin(), codes.end(), defect.code), codes.end())
            << chain_defect_name(defect.code) << ": " << defect.message();
    }
}

class EveryKind : public testing::TestWithParam<LeafKind> {
  protected:
    SampleChain m_chain;
};

TEST_P(EveryKind, IsAcceptedForItsOwnPurpose) {
    const ChainReport report = judge(m_chain.request(GetParam()));
    EXPECT_TRUE(report.accepted()) << report.summary();
    ASSERT_EQ(report.path.size(), 3U);
    EXPECT_EQ(report.path[1], m_chain.intermediate);
    EXPECT_EQ(report.path[2], m_chain.root);
}

TEST_P(EveryKind, IsRefusedForOtherPurposes) {
    const ChainRequest good = m_chain.request(GetParam());
    for (const auto purpose : {ChainPurpose::server, ChainPurpose::client, ChainPurpose::signer}) {
        ChainRequest request = good;
        request.purpose = purpose;
        if (purpose != good.purpose) {
            expect_only(judge(request), {ChainDefectCode::wrong_purpose});
        }
    }
}

TEST_P(EveryKind, PassesTheOpensslCommandInStrictMode) {
    const heliograph::test::TempFolder folder;
    const ChainRequest request = m_chain.request(GetParam());
    const auto write = [&folder](const char* name, const std::string& text) {
        const auto path = (folder / name).string();
        EXPECT_TRUE(succeeded(write_file_atomically(path, bytes_of(text))));
        return path;
    };
    const std::string lists =
        request.revocation_lists[0].to_pem() + request.revocation_lists[1].to_pem();
    const char* const purpose = GetParam() == LeafKind::server   ? "sslserver"
                                : GetParam() == LeafKind::client ? "sslclient"
                                                                 : "any";
    const auto outcome = test_support::run(
        {.program = "openssl",
         .arguments =
             {"verify",
              "-x509_strict",
              "-crl_check_all",
              "-attime",
              std::to_string(sample_now.time_since_epoch().count()),
              "-purpose",
              purpose,
              "-CAfile",
              write("root.pem", request.roots[0].to_pem()),
              "-untrusted",
              write("intermediate.pem", request.intermediates[0].to_pem()),
              "-CRLfile",
              write("lists.pem", lists),
              write("leaf.pem", request.leaf.to_pem())}}
    );
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
}

INSTANTIATE_TEST_SUITE_P(
    Chain, EveryKind, testing::Values(LeafKind::server, LeafKind::client, LeafKind::signer)
);

TEST(Chain, IsRefusedAfterItsEnd) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::server);
    request.revocation = RevocationPolicy::not_checked;
    request.at = request.leaf.not_after() - std::chrono::seconds(1);
    EXPECT_TRUE(judge(request).accepted());
    request.at += std::chrono::seconds(2);
    expect_only(judge(request), {ChainDefectCode::expired});
}

TEST(Chain, BeforeItsBeginSpeaksOfTheClock) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::server);
    request.revocation = RevocationPolicy::not_checked;
    request.at = sample_now - std::chrono::minutes(4);
    EXPECT_TRUE(judge(request).accepted()) << "five minutes of backdate";
    request.at = sample_now - std::chrono::minutes(6);
    const ChainReport report = judge(request);
    expect_only(report, {ChainDefectCode::not_yet_valid});
    EXPECT_NE(report.summary().find("clock"), std::string::npos);
}

TEST(Chain, WithoutItsIntermediateIsUntrusted) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::server);
    request.revocation = RevocationPolicy::not_checked;
    request.intermediates.clear();
    expect_only(judge(request), {ChainDefectCode::untrusted_issuer});
}

TEST(Chain, UnderAnotherRootOfTheSameNameIsUntrusted) {
    SampleChain chain;
    SampleChain other;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation = RevocationPolicy::not_checked;
    request.roots = {other.root};
    EXPECT_TRUE(judge(request).has(ChainDefectCode::untrusted_issuer));
}

TEST(Chain, ThatIsSelfSignedIsUntrusted) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::server);
    const auto identity = test_support::TestAuthority::self_signed();
    request.leaf = sure(Certificate::parse_pem(identity.chain_pem));
    request.revocation = RevocationPolicy::not_checked;
    EXPECT_TRUE(judge(request).has(ChainDefectCode::untrusted_issuer));
}

TEST(Chain, WithAnAlteredSignatureIsRefused) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    Bytes der = request.leaf.to_der();
    der.back() ^= std::byte{1};
    request.leaf = sure(Certificate::parse_der(der));
    expect_only(judge(request), {ChainDefectCode::bad_signature});
}

TEST(Chain, OfARevokedLeafIsRefused) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists[1] = chain.list_of_intermediate(
        {{request.leaf.serial_hex(), sample_now, RevocationReason::key_compromise}}
    );
    expect_only(judge(request), {ChainDefectCode::revoked});
}

TEST(Chain, OfARevokedIntermediateIsRefused) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists[0] =
        chain.list_of_root({{chain.intermediate.serial_hex(), sample_now, {}}});
    expect_only(judge(request), {ChainDefectCode::revoked});
}

TEST(Chain, WithoutAnyRevocationListIsNotGood) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists.clear();
    expect_only(judge(request), {ChainDefectCode::revocation_unknown});
    request.revocation = RevocationPolicy::not_checked;
    EXPECT_TRUE(judge(request).accepted());
}

TEST(Chain, WithOneMissingRevocationListIsNotGood) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists.pop_back();
    expect_only(judge(request), {ChainDefectCode::revocation_unknown});
}

TEST(Chain, WithAnOldRevocationListIsNotGood) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.at = sample_now + days(31);
    expect_only(judge(request), {ChainDefectCode::revocation_list_expired});
}

TEST(Chain, WithARevocationListSignedBySomebodyElseIsNotGood) {
    SampleChain chain;
    SampleChain other;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists = {chain.list_of_root(), other.list_of_intermediate()};
    EXPECT_FALSE(judge(request).accepted());
}

TEST(Chain, WithAnAlteredRevocationListIsNotGood) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    Bytes der = request.revocation_lists[1].to_der();
    der.back() ^= std::byte{1};
    request.revocation_lists[1] = sure(RevocationList::parse_der(der));
    expect_only(judge(request), {ChainDefectCode::revocation_list_invalid});
}

TEST(Chain, CollectsAllDefectsAndNotOnlyTheFirst) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.revocation_lists[1] =
        chain.list_of_intermediate({{request.leaf.serial_hex(), sample_now, {}}});
    request.purpose = ChainPurpose::server;
    request.at = sample_now + days(100);
    expect_only(
        judge(request),
        {ChainDefectCode::expired,
         ChainDefectCode::wrong_purpose,
         ChainDefectCode::revoked,
         ChainDefectCode::revocation_list_expired}
    );
}

TEST(Chain, WhoseLeafIsAnAuthorityIsRefused) {
    SampleChain chain;
    for (const auto purpose : {ChainPurpose::server, ChainPurpose::client, ChainPurpose::signer}) {
        ChainRequest request = chain.request(LeafKind::server);
        request.leaf = chain.intermediate;
        request.purpose = purpose;
        EXPECT_TRUE(judge(request).has(ChainDefectCode::wrong_purpose));
    }
}

TEST(Chain, WhoseIssuerIsNoAuthorityIsRefused) {
    SampleChain chain;
    // A client certificate that acts as an issuer: its own key signs for its own name.
    const Certificate client = chain.leaf(LeafKind::client);
    const auto forged =
        make_leaf(chain.profile(LeafKind::server), {client, chain.leaf_key}, chain.root);
    expect_error(forged, ErrorCode::invalid_argument, "would be refused");
}

TEST(Chain, MadeTheTextbookWayIsNotStrict) {
    const heliograph::test::TempFolder folder;
    const auto openssl = [&folder](std::vector<std::string> arguments) {
        const auto outcome = test_support::run(
            {.program = "openssl", .arguments = std::move(arguments), .folder = folder.path()}
        );
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    };
    openssl(
        {"req",
         "-x509",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-nodes",
         "-keyout",
         "ca.key",
         "-out",
         "ca.pem",
         "-subj",
         "/CN=Textbook",
         "-days",
         "30"}
    );
    openssl(
        {"req",
         "-new",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-nodes",
         "-keyout",
         "leaf.key",
         "-out",
         "leaf.csr",
         "-subj",
         "/CN=localhost"}
    );
    openssl(
        {"x509",
         "-req",
         "-in",
         "leaf.csr",
         "-CA",
         "ca.pem",
         "-CAkey",
         "ca.key",
         "-out",
         "leaf.pem",
         "-days",
         "10"}
    );
    const auto read = [&folder](const char* name) {
        return sure(
            Certificate::parse_pem(text_of(sure(read_file(folder / name, certificate_limit_bytes))))
        );
    };
    const Certificate leaf = read("leaf.pem");
    const ChainReport report = judge(
        {.leaf = leaf,
         .intermediates = {},
         .roots = {read("ca.pem")},
         .revocation_lists = {},
         .purpose = ChainPurpose::server,
         .at = leaf.not_before() + std::chrono::seconds(1),
         .revocation = RevocationPolicy::not_checked}
    );
    EXPECT_TRUE(report.has(ChainDefectCode::not_strict)) << report.summary();
    EXPECT_TRUE(report.has(ChainDefectCode::wrong_purpose)) << report.summary();
}

TEST(Chain, ByAnIndependentAuthorityIsAcceptedToo) {
    const test_support::TestAuthority authority;
    const Certificate leaf = sure(Certificate::parse_pem(authority.issue().chain_pem));
    const ChainReport report = judge(
        {.leaf = leaf,
         .intermediates = {},
         .roots = {sure(Certificate::parse_pem(authority.root_pem()))},
         .revocation_lists = {},
         .purpose = ChainPurpose::server,
         .at = leaf.not_before() + std::chrono::seconds(1),
         .revocation = RevocationPolicy::not_checked}
    );
    EXPECT_TRUE(report.accepted()) << report.summary();
}

TEST(Chain, HasBudgetsForItsEvidence) {
    SampleChain chain;
    ChainRequest request = chain.request(LeafKind::signer);
    request.intermediates.assign(chain_intermediate_limit + 1, chain.intermediate);
    expect_error(check_chain(request), ErrorCode::too_large);
    request = chain.request(LeafKind::signer);
    request.roots.clear();
    expect_error(check_chain(request), ErrorCode::invalid_argument, "root");
}

TEST(ChainDefect, WordsAreStableAndDistinct) {
    EXPECT_EQ(chain_defect_name(ChainDefectCode::not_yet_valid), "not-yet-valid");
    EXPECT_EQ(chain_defect_name(ChainDefectCode::untrusted_issuer), "untrusted-issuer");
    EXPECT_EQ(
        chain_defect_name(ChainDefectCode::revocation_list_expired), "revocation-list-expired"
    );
    EXPECT_EQ(chain_defect_name(ChainDefectCode::other), "other");
}

}  // namespace
}  // namespace heliograph::pki
