// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/signer.hpp>

namespace heliograph::pki {

Result<Bytes> sign(const PrivateKey& key, ByteSpan message) {
    const auto scheme = signing_scheme(key.native());
    if (!scheme) {
        return Error(
            ErrorCode::unsupported,
            "expected a key that can sign, saw " + describe_key(key.native())
        );
    }
    const DigestContextHandle context(EVP_MD_CTX_new());
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare a signature");
    }
    HG_CHECK(check(
        EVP_DigestSignInit_ex(
            context.get(), nullptr, scheme->digest, nullptr, nullptr, key.native(), nullptr
        ),
        "prepare a signature"
    ));
    std::size_t size = 0;
    const unsigned char* const start = openssl_bytes(message);
    HG_CHECK(check(
        EVP_DigestSign(context.get(), nullptr, &size, start, message.size()), "size a signature"
    ));
    Bytes signature(size);
    auto* const target = reinterpret_cast<unsigned char*>(signature.data());
    HG_CHECK(
        check(EVP_DigestSign(context.get(), target, &size, start, message.size()), "sign a message")
    );
    // DER integers vary in length: what was asked for was the most it could be.
    signature.resize(size);
    return signature;
}

}  // namespace heliograph::pki
