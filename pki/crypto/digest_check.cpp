// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest_check.hpp>
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>

namespace heliograph::pki {

void DigestCheck::Deleter::operator()(evp_pkey_ctx_st* context) const noexcept {
    EVP_PKEY_CTX_free(context);
}

Result<DigestCheck> DigestCheck::make(const PublicKey& key) {
    const auto scheme = signing_scheme(key.native());
    if (!scheme || scheme->digest == nullptr) {
        return Error(
            ErrorCode::unsupported,
            "expected a key that signs digests, saw " + describe_key(key.native())
        );
    }
    Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.native(), nullptr));
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare the check of a signature");
    }
    HG_CHECK(check(EVP_PKEY_verify_init(context.get()), "prepare the check of a signature"));
    HG_CHECK(check(
        EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()),
        "prepare the check of a signature"
    ));
    return DigestCheck(std::move(context));
}

bool DigestCheck::accepts(const Sha256& digest, ByteSpan signature) {
    const int answer = EVP_PKEY_verify(
        m_context.get(),
        openssl_bytes(signature),
        signature.size(),
        openssl_bytes(digest.span()),
        digest.bytes.size()
    );
    if (answer != 1) {
        drain_openssl_errors();
    }
    return answer == 1;
}

}  // namespace heliograph::pki
