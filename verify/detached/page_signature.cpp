// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/signer.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::verify {

namespace {

Outcome check_size(ByteSpan page) {
    if (page.empty()) {
        return Error(ErrorCode::invalid_argument, "expected a page to sign, saw no bytes");
    }
    if (page.size() > limits::page_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a page of at most " + std::to_string(limits::page_bytes) + " bytes, saw " +
                std::to_string(page.size())
        );
    }
    return {};
}

}  // namespace

Result<Bytes> sign_page(const pki::PrivateKey& key, ByteSpan page) {
    HG_CHECK(check_size(page));
    return pki::sign(key, page);
}

Result<Bytes> sign_page(pki::DigestSigner& signer, const HashedPage& page) {
    HG_CHECK(check_size(page.bytes));
    return signer.sign(page.digest);
}

Result<Verdict> check_page_signature(
    const pki::PublicKey& key,
    pki::SignedBytes page,
    pki::SignatureBytes sig,
    const PageSignatureContext& context
) {
    HG_TRY(auto outcome, pki::check_signature(key, page, sig));
    Verdict verdict;
    if (outcome == pki::SignatureOutcome::valid) {
        verdict.pass("signature over the " + context.subject + " by " + context.signer);
        return verdict;
    }
    verdict.add({
        .id = "page-signature-invalid",
        .severity = Severity::error,
        .cause = Cause::false_evidence,
        .subject = context.subject,
        .expected = "a signature over exactly these " + std::to_string(page.value.size()) +
                    " bytes by " + context.signer,
        .seen = "a signature of " + std::to_string(sig.value.size()) + " bytes that does not match",
        .source = context.source,
        .advice = "use another mirror and report this one",
    });
    return verdict;
}

}  // namespace heliograph::verify
