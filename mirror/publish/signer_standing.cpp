// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/signer_standing.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

namespace heliograph::mirror {

namespace {

struct OperatorAdvice {
    std::string_view id;
    std::string_view advice;
};

constexpr std::string_view another_signer =
    "issue another with `pki issue signer NAME`, then run: mirror resign --signer BUNDLE";

constexpr std::array operator_advice{
    OperatorAdvice{"signer-expired", another_signer},
    OperatorAdvice{"signer-revoked", another_signer},
    OperatorAdvice{"signer-not-yet-valid", "check this machine's clock"},
    OperatorAdvice{
        "signer-chain-untrusted",
        "take a signer whose chain ends in a root that clients pin: the bundle.pem of its "
        "`pki issue signer`, and that authority's root.crt"},
    OperatorAdvice{
        "signer-wrong-purpose",
        "take the bundle.pem of a certificate made with `pki issue signer NAME`"},
    OperatorAdvice{
        "signer-chain-invalid",
        "take the bundle.pem of a certificate made with `pki issue signer NAME`"},
    OperatorAdvice{
        "signer-chain-missing", "take the bundle.pem of `pki issue signer NAME`, which holds it"},
    OperatorAdvice{
        "signer-chain-malformed", "take the bundle.pem of `pki issue signer NAME` as it is"},
    OperatorAdvice{
        "revocation-missing",
        "publish the lists of root and intermediate: `pki crl`, then `mirror crl FILE`"},
    OperatorAdvice{
        "revocation-stale", "make new lists with `pki crl`, then publish them: mirror crl FILE"},
    OperatorAdvice{
        "revocation-malformed",
        "take the crl.pem of this authority as `pki crl` wrote it, then run: mirror crl FILE"}};

std::string advice_for(const verify::Finding& finding) {
    const auto* known = std::find_if(
        operator_advice.begin(),
        operator_advice.end(),
        [&](const OperatorAdvice& advice) { return advice.id == finding.id; }
    );
    return known == operator_advice.end() ? finding.advice : std::string(known->advice);
}

}  // namespace

Result<EvidenceDocuments> published_evidence(const Catalog& catalog) {
    HG_TRY(const auto chain, catalog.evidence(EvidenceKind::signer_chain));
    const auto lists = catalog.evidence(EvidenceKind::revocation_lists);
    if (!lists && lists.error().code() != ErrorCode::not_found) {
        return lists.error();
    }
    return EvidenceDocuments{
        std::string(text_of(chain)), lists ? std::string(text_of(*lists)) : std::string()};
}

Result<verify::SignerSet> judge_evidence(
    const EvidenceDocuments& documents, const verify::TrustBundle& trust, Instant at
) {
    const bool has_lists = !documents.revocation_lists_pem.empty();
    verify::SignerEvidence evidence;
    evidence.chain_pem = bytes_of(documents.signer_chain_pem);
    if (has_lists) {
        evidence.revocation_pem = bytes_of(documents.revocation_lists_pem);
    }
    const auto policy = has_lists ? verify::strict_page_policy() : verify::default_page_policy();
    return verify::judge_signers(evidence, trust, policy, at);
}

verify::Verdict for_operator(const verify::Verdict& verdict) {
    verify::Verdict told;
    for (auto finding : verdict.findings()) {
        finding.advice = advice_for(finding);
        told.add(std::move(finding));
    }
    for (const auto& check : verdict.passed()) {
        told.pass(check);
    }
    return told;
}

bool lists_do(const verify::Verdict& verdict) {
    const auto& findings = verdict.findings();
    return std::none_of(findings.begin(), findings.end(), [](const verify::Finding& finding) {
        return finding.severity == verify::Severity::error && finding.id != "signer-expired" &&
               finding.id != "signer-revoked";
    });
}

Instant renewal_due(const pki::Certificate& signer) {
    constexpr auto longest = std::chrono::days(30);
    const auto life = signer.not_after() - signer.not_before();
    return signer.not_after() - std::min<decltype(life)>(life / 3, longest);
}

}  // namespace heliograph::mirror
