// SPDX-License-Identifier: Apache-2.0
// A page, its signature and all evidence around it, right until a test spoils one part.
#pragma once

#include <tests/unit/pki/x509/sample_chain.hpp>
#include <tests/unit/verify/index/sample_page.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/index/page_json.hpp>

#include <string>
#include <utility>

namespace heliograph::verify::test_gate {

using pki::test::sample_now;
using pki::test::sure;

/// Everything a mirror serves for one project, as bytes.
struct SignedIndex {
    SignedIndex() { sign(); }

    /// Signs the page as it stands now with the signer's key.
    void sign() { signature = sure(sign_page(chain.leaf_key, bytes_of(page))); }

    [[nodiscard]] TrustBundle trust() const {
        return {.name = "sample", .roots = {chain.root}, .mirrors = {}};
    }

    [[nodiscard]] SignerEvidence signer_evidence() const {
        return {
            .chain_pem = bytes_of(chain_pem),
            .revocation_pem =
                revocation_pem.empty() ? std::nullopt : std::optional(bytes_of(revocation_pem)),
            .source = "https://one.example/"};
    }

    [[nodiscard]] PageEvidence page_evidence() const {
        return {
            .wanted = parse_project_name("demo").value(),
            .form = form,
            .page = bytes_of(page),
            .signature = signature,
            .source = "https://one.example/"};
    }

    [[nodiscard]] PageJudgement judge() const {
        return sure(judge_page(page_evidence(), signer_evidence(), {trust(), state, policy, at}));
    }

    pki::test::SampleChain chain;
    pki::Certificate signer = chain.leaf(pki::LeafKind::signer);
    std::string chain_pem =
        render_server_key({.signers = {signer}, .intermediates = {chain.intermediate}});
    std::string revocation_pem =
        chain.list_of_root().to_pem() + chain.list_of_intermediate().to_pem();
    PageForm form = PageForm::json;
    std::string page = render_page_json(test_pages::sample_page());
    Bytes signature;
    TrustState state;
    PagePolicy policy = strict_page_policy();
    Instant at = sample_now;
};

}  // namespace heliograph::verify::test_gate
