// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest_signer.hpp>
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>

namespace heliograph::pki {

void DigestSigner::Deleter::operator()(evp_pkey_ctx_st* context) const noexcept {
    EVP_PKEY_CTX_free(context);
}

bool signs_digests(const PrivateKey& key) {
    const auto scheme = signing_scheme(key.native());
    return scheme && scheme->digest != nullptr;
}

Result<DigestSigner> DigestSigner::make(const PrivateKey& key) {
    if (!signs_digests(key)) {
        return Error(
            ErrorCode::unsupported,
            "expected a key that signs digests, saw " + describe_key(key.native())
        );
    }
    Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.native(), nullptr));
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare a signature");
    }
    HG_CHECK(check(EVP_PKEY_sign_init(context.get()), "prepare a signature"));
    HG_CHECK(
        check(EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()), "prepare a signature")
    );
    const Sha256 any{};
    std::size_t most_bytes = 0;
    HG_CHECK(check(
        EVP_PKEY_sign(
            context.get(), nullptr, &most_bytes, openssl_bytes(any.span()), any.bytes.size()
        ),
        "size a signature"
    ));
    return DigestSigner(std::move(context), most_bytes);
}

Result<Bytes> DigestSigner::sign(const Sha256& digest) {
    std::size_t size = m_most_bytes;
    Bytes signature(size);
    HG_CHECK(check(
        EVP_PKEY_sign(
            m_context.get(),
            reinterpret_cast<unsigned char*>(signature.data()),
            &size,
            openssl_bytes(digest.span()),
            digest.bytes.size()
        ),
        "sign a digest"
    ));
    // DER integers vary in length: what was asked for was the most it could be.
    signature.resize(size);
    return signature;
}

}  // namespace heliograph::pki
