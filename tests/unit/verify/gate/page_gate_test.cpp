// SPDX-License-Identifier: Apache-2.0
// Every finding of the page gate has a test here that produces it.
#include <tests/unit/verify/gate/signed_index.hpp>
#include <verify/index/page_html.hpp>
#include <verify/verdict/limits.hpp>

#include <gtest/gtest.h>

#include <string>

namespace heliograph::verify {
namespace {

using test_gate::sample_now;
using test_gate::SignedIndex;
using test_gate::sure;

/// Refused, with this finding of this cause among the errors, and with no page.
void expect_finding(const PageJudgement& judgement, const std::string& id, Cause cause) {
    EXPECT_FALSE(judgement.verdict.accepted());
    EXPECT_FALSE(judgement.page);
    const Finding* finding = judgement.verdict.find(id);
    ASSERT_NE(finding, nullptr) << "expected " << id << ", saw:\n" << judgement.verdict.describe();
    EXPECT_EQ(cause_name(finding->cause), cause_name(cause));
    EXPECT_EQ(finding->source, "https://one.example/");
    EXPECT_FALSE(finding->expected.empty());
    EXPECT_FALSE(finding->seen.empty());
    EXPECT_FALSE(finding->subject.empty());
}

TEST(PageGate, AcceptsAPageWithAllEvidence) {
    const PageJudgement judgement = SignedIndex().judge();
    EXPECT_TRUE(judgement.verdict.accepted()) << judgement.verdict.describe();
    ASSERT_TRUE(judgement.page);
    EXPECT_EQ(*judgement.page, test_pages::sample_page());
    EXPECT_TRUE(judgement.verdict.findings().empty());
}

TEST(PageGate, AcceptsTheHtmlForm) {
    SignedIndex index;
    index.form = PageForm::html;
    index.page = render_page_html(test_pages::sample_page());
    index.sign();
    EXPECT_TRUE(index.judge().verdict.accepted()) << index.judge().verdict.describe();
}

TEST(PageGate, RefusesEveryFlippedByteOfThePage) {
    SignedIndex index;
    const TrustBundle trust = index.trust();
    const SignerSet signers =
        sure(judge_signers(index.signer_evidence(), trust, index.policy, index.at));
    ASSERT_TRUE(signers.usable()) << signers.verdict().describe();
    for (std::size_t i = 0; i < index.page.size(); i += 11) {
        index.page[i] = static_cast<char>(index.page[i] ^ 1);
        const PageJudgement judgement =
            sure(judge_page(index.page_evidence(), signers, index.state));
        expect_finding(judgement, "page-signature-invalid", Cause::false_evidence);
        index.page[i] = static_cast<char>(index.page[i] ^ 1);
    }
}

TEST(PageGate, RefusesATruncatedAndAnEmptySignature) {
    SignedIndex index;
    index.signature.pop_back();
    expect_finding(index.judge(), "page-signature-invalid", Cause::false_evidence);
    index.signature.clear();
    expect_finding(index.judge(), "page-signature-invalid", Cause::false_evidence);
}

TEST(PageGate, RefusesTheHtmlSignatureOverTheJsonPage) {
    SignedIndex index;
    const std::string json = index.page;
    index.page = render_page_html(test_pages::sample_page());
    index.sign();
    index.page = json;
    expect_finding(index.judge(), "page-signature-invalid", Cause::false_evidence);
}

TEST(PageGate, RefusesAMissingSignatureUnlessThePolicyIgnoresIt) {
    SignedIndex index;
    PageEvidence evidence = index.page_evidence();
    evidence.signature.reset();
    const TrustBundle trust = index.trust();
    expect_finding(
        sure(judge_page(
            evidence, index.signer_evidence(), {trust, index.state, index.policy, index.at}
        )),
        "page-signature-missing",
        Cause::missing_evidence
    );
    index.policy = no_evidence_page_policy();
    EXPECT_TRUE(
        sure(judge_page(
                 evidence, index.signer_evidence(), {trust, index.state, index.policy, index.at}
             ))
            .page
    );
}

TEST(PageGate, RefusesThePageOfAnotherProjectWithItsOwnValidSignature) {
    SignedIndex index;
    ProjectPage other{
        .name = parse_project_name("other").value(), .serial = Serial{50}, .files = {}};
    index.page = render_page_json(other);
    index.sign();
    const PageJudgement judgement = index.judge();
    expect_finding(judgement, "page-name-mismatch", Cause::false_evidence);
    EXPECT_EQ(judgement.verdict.find("page-signature-invalid"), nullptr);
    index.policy = no_evidence_page_policy();
    expect_finding(index.judge(), "page-name-mismatch", Cause::false_evidence);
}

TEST(PageGate, RefusesASerialLowerThanOneSeen) {
    SignedIndex index;
    index.state.remember(parse_project_name("demo").value(), Serial{43});
    expect_finding(index.judge(), "page-serial-rollback", Cause::false_evidence);
    SignedIndex same;
    same.state.remember(parse_project_name("demo").value(), Serial{42});
    EXPECT_TRUE(same.judge().verdict.accepted());
}

TEST(PageGate, RefusesAMalformedPageEvenWhenSigned) {
    SignedIndex index;
    index.page = "{}";
    index.sign();
    expect_finding(index.judge(), "page-malformed", Cause::false_evidence);
}

TEST(PageGate, RefusesAnOversizedPageWithoutReadingIt) {
    SignedIndex index;
    index.page.resize(limits::page_bytes + 1, ' ');
    expect_finding(index.judge(), "page-too-large", Cause::false_evidence);
}

TEST(PageGate, CollectsAllDefects) {
    SignedIndex index;
    ProjectPage other{
        .name = parse_project_name("other").value(), .serial = Serial{41}, .files = {}};
    index.page = render_page_json(other);
    index.sign();
    index.state.remember(parse_project_name("demo").value(), Serial{43});
    index.revocation_pem.clear();
    const PageJudgement judgement = index.judge();
    expect_finding(judgement, "page-serial-rollback", Cause::false_evidence);
    expect_finding(judgement, "page-name-mismatch", Cause::false_evidence);
    expect_finding(judgement, "revocation-missing", Cause::missing_evidence);
    EXPECT_EQ(judgement.verdict.worst_cause(), Cause::false_evidence);
}

TEST(PageGate, ReadsNothingThatNobodyVouchesFor) {
    SignedIndex index;
    index.page = "{}";
    const PageJudgement unread = index.judge();
    expect_finding(unread, "page-signature-invalid", Cause::false_evidence);
    EXPECT_EQ(unread.verdict.find("page-malformed"), nullptr);
    index.policy.page_signature = Demand::when_present;
    expect_finding(index.judge(), "page-malformed", Cause::false_evidence);
}

TEST(PageGate, RefusesASignerOfAnotherAuthority) {
    const SignedIndex honest;
    SignedIndex forged;
    const TrustBundle trust = honest.trust();
    const PageJudgement judgement = sure(judge_page(
        forged.page_evidence(),
        forged.signer_evidence(),
        {trust, forged.state, forged.policy, forged.at}
    ));
    expect_finding(judgement, "signer-chain-untrusted", Cause::false_evidence);
}

TEST(PageGate, RefusesASignerWhoseCertificateWasAltered) {
    SignedIndex index;
    Bytes der = index.signer.to_der();
    der.back() ^= std::byte{1};
    const pki::Certificate altered = sure(pki::Certificate::parse_der(der));
    index.chain_pem =
        render_server_key({.signers = {altered}, .intermediates = {index.chain.intermediate}});
    expect_finding(index.judge(), "signer-chain-invalid", Cause::false_evidence);
}

TEST(PageGate, RefusesAnExpiredSigner) {
    SignedIndex index;
    index.policy = default_page_policy();
    index.at = sample_now + std::chrono::days(91);
    expect_finding(index.judge(), "signer-expired", Cause::stale_evidence);
}

TEST(PageGate, RefusesASignerOfTheFuture) {
    SignedIndex index;
    index.policy = default_page_policy();
    index.at = sample_now - std::chrono::days(1);
    expect_finding(index.judge(), "signer-not-yet-valid", Cause::stale_evidence);
}

TEST(PageGate, RefusesACertificateIssuedForAnotherPurpose) {
    SignedIndex index;
    index.signer = index.chain.leaf(pki::LeafKind::server);
    index.chain_pem =
        render_server_key({.signers = {index.signer}, .intermediates = {index.chain.intermediate}});
    expect_finding(index.judge(), "signer-wrong-purpose", Cause::false_evidence);
}

TEST(PageGate, RefusesARevokedSignerUnderTheDefaultPolicyToo) {
    SignedIndex index;
    index.revocation_pem = index.chain.list_of_root().to_pem() +
                           index.chain
                               .list_of_intermediate(
                                   {{.serial_hex = index.signer.serial_hex(),
                                     .revoked_at = sample_now,
                                     .reason = pki::RevocationReason::key_compromise}}
                               )
                               .to_pem();
    expect_finding(index.judge(), "signer-revoked", Cause::false_evidence);
    index.policy = default_page_policy();
    expect_finding(index.judge(), "signer-revoked", Cause::false_evidence);
}

TEST(PageGate, DemandsRevocationListsOnlyUnderTheStrictPolicy) {
    SignedIndex index;
    index.revocation_pem.clear();
    expect_finding(index.judge(), "revocation-missing", Cause::missing_evidence);
    index.policy = default_page_policy();
    const PageJudgement judgement = index.judge();
    EXPECT_TRUE(judgement.verdict.accepted()) << judgement.verdict.describe();
    ASSERT_EQ(judgement.verdict.findings().size(), 1U);
    EXPECT_EQ(judgement.verdict.findings()[0].severity, Severity::warning);
}

TEST(PageGate, DemandsTheListOfEveryAuthorityInTheChain) {
    SignedIndex index;
    index.revocation_pem = index.chain.list_of_root().to_pem();
    expect_finding(index.judge(), "revocation-missing", Cause::missing_evidence);
}

TEST(PageGate, RefusesStaleRevocationListsUnderTheStrictPolicy) {
    SignedIndex index;
    index.at = sample_now + std::chrono::days(31);
    expect_finding(index.judge(), "revocation-stale", Cause::stale_evidence);
    index.policy = default_page_policy();
    EXPECT_TRUE(index.judge().verdict.accepted()) << index.judge().verdict.describe();
}

TEST(PageGate, RefusesRevocationListsThatAreNone) {
    SignedIndex index;
    index.revocation_pem = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    expect_finding(index.judge(), "revocation-malformed", Cause::false_evidence);
    index.policy = default_page_policy();
    expect_finding(index.judge(), "revocation-malformed", Cause::false_evidence);
}

TEST(PageGate, RefusesAMissingAndAMalformedChain) {
    SignedIndex index;
    SignerEvidence none = index.signer_evidence();
    none.chain_pem.reset();
    const TrustBundle trust = index.trust();
    expect_finding(
        sure(judge_page(index.page_evidence(), none, {trust, index.state, index.policy, index.at})),
        "signer-chain-missing",
        Cause::missing_evidence
    );
    index.chain_pem = "x";
    expect_finding(index.judge(), "signer-chain-malformed", Cause::false_evidence);
    index.chain_pem = index.chain.intermediate.to_pem();
    expect_finding(index.judge(), "signer-chain-malformed", Cause::false_evidence);
}

TEST(PageGate, RefusesAChainWithoutItsIntermediate) {
    SignedIndex index;
    index.chain_pem = index.signer.to_pem();
    expect_finding(index.judge(), "signer-chain-untrusted", Cause::false_evidence);
}

TEST(PageGate, AcceptsEitherSignerDuringARollover) {
    SignedIndex index;
    const pki::PrivateKey old_key = std::move(index.chain.leaf_key);
    index.chain.leaf_key = sure(pki::PrivateKey::generate());
    const pki::Certificate next = index.chain.leaf(pki::LeafKind::signer);
    index.chain_pem = render_server_key(
        {.signers = {next, index.signer}, .intermediates = {index.chain.intermediate}}
    );
    EXPECT_TRUE(index.judge().verdict.accepted()) << index.judge().verdict.describe();
    index.sign();
    EXPECT_TRUE(index.judge().verdict.accepted()) << index.judge().verdict.describe();
}

TEST(PageGate, ARevokedCandidateDoesNotTaintAGoodOne) {
    SignedIndex index;
    index.chain.leaf_key = sure(pki::PrivateKey::generate());
    const pki::Certificate next = index.chain.leaf(pki::LeafKind::signer);
    index.chain_pem = render_server_key(
        {.signers = {index.signer, next}, .intermediates = {index.chain.intermediate}}
    );
    index.revocation_pem = index.chain.list_of_root().to_pem() +
                           index.chain
                               .list_of_intermediate(
                                   {{.serial_hex = index.signer.serial_hex(),
                                     .revoked_at = sample_now,
                                     .reason = pki::RevocationReason::superseded}}
                               )
                               .to_pem();
    expect_finding(index.judge(), "signer-revoked", Cause::false_evidence);
    index.sign();
    EXPECT_TRUE(index.judge().verdict.accepted()) << index.judge().verdict.describe();
}

}  // namespace
}  // namespace heliograph::verify
