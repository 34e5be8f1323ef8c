// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/mac.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace heliograph::pki {

namespace {

EVP_MAC* hmac_algorithm() {
    static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    HG_ASSERT(algorithm != nullptr);
    return algorithm;
}

}  // namespace

Result<HmacSha256> hmac_sha256(const SecretBytes& key, ByteSpan message) {
    using MacContextHandle = OpensslHandle<EVP_MAC_CTX, EVP_MAC_CTX_free>;
    const MacContextHandle context(EVP_MAC_CTX_new(hmac_algorithm()));
    std::array<char, 9> digest{"SHA2-256"};
    const std::array parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    // A null pointer would mean "the key set before"; an empty key is a key.
    static constexpr std::byte no_key{};
    const ByteSpan exposed = key.empty() ? ByteSpan(&no_key, 0) : key.expose();
    HmacSha256 mac{};
    std::size_t size = 0;
    auto* const target = reinterpret_cast<unsigned char*>(mac.data());
    const bool done =
        context != nullptr &&
        EVP_MAC_init(context.get(), openssl_bytes(exposed), exposed.size(), parameters.data()) ==
            1 &&
        EVP_MAC_update(context.get(), openssl_bytes(message), message.size()) == 1 &&
        EVP_MAC_final(context.get(), target, &size, mac.size()) == 1 && size == mac.size();
    if (!done) {
        return openssl_error(ErrorCode::crypto, "compute a message authentication code");
    }
    return mac;
}

}  // namespace heliograph::pki
