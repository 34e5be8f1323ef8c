// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/signature_check.hpp>

namespace heliograph::pki {

bool checks_signatures(const PublicKey& key) {
    return signing_scheme(key.native()).has_value();
}

Result<SignatureOutcome> check_signature(
    const PublicKey& key, SignedBytes message, SignatureBytes signature
) {
    const auto scheme = signing_scheme(key.native());
    if (!scheme) {
        return Error(
            ErrorCode::unsupported,
            "expected a key that signs to check a signature with, saw " + describe_key(key.native())
        );
    }
    if (signature.value.empty() || signature.value.size() > signature_limit_bytes) {
        return SignatureOutcome::invalid;
    }
    const DigestContextHandle context(EVP_MD_CTX_new());
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare a signature check");
    }
    HG_CHECK(check(
        EVP_DigestVerifyInit_ex(
            context.get(), nullptr, scheme->digest, nullptr, nullptr, key.native(), nullptr
        ),
        "prepare a signature check"
    ));
    // 1 is the only good answer: 0 means a wrong signature, below 0 bytes that are none. The
    // library re-encodes what it decoded and compares, so only strict DER passes.
    const int answer = EVP_DigestVerify(
        context.get(),
        openssl_bytes(signature.value),
        signature.value.size(),
        openssl_bytes(message.value),
        message.value.size()
    );
    drain_openssl_errors();
    return answer == 1 ? SignatureOutcome::valid : SignatureOutcome::invalid;
}

}  // namespace heliograph::pki
