// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/hkdf.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <string>

namespace heliograph::pki {

namespace {

struct Derivation {
    int mode;
    HkdfHash hash;
    const SecretBytes& secret;
    ByteSpan salt;
    ByteSpan info;
    std::size_t size_bytes;
};

std::size_t digest_size(HkdfHash hash) {
    return hash == HkdfHash::sha256 ? 32 : 64;
}

EVP_KDF* hkdf_algorithm() {
    static EVP_KDF* const algorithm = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
    HG_ASSERT(algorithm != nullptr);
    return algorithm;
}

// The library takes pointers to what it only reads without const.
OSSL_PARAM octets(const char* name, ByteSpan bytes) {
    return OSSL_PARAM_construct_octet_string(
        name, const_cast<std::byte*>(bytes.data()), bytes.size()
    );
}

Outcome check_sizes(const Derivation& derivation) {
    const bool fits = !derivation.secret.empty() && derivation.size_bytes >= 1 &&
                      derivation.size_bytes <= 255 * digest_size(derivation.hash) &&
                      derivation.info.size() <= hkdf_info_limit_bytes;
    if (!fits) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a secret, at most " + std::to_string(hkdf_info_limit_bytes) +
                " bytes of info and 1 to 255 digests of output for HKDF, saw other sizes"
        );
    }
    return {};
}

Result<SecretBytes> derive_with(Derivation derivation) {
    HG_CHECK(check_sizes(derivation));
    using KdfContextHandle = OpensslHandle<EVP_KDF_CTX, EVP_KDF_CTX_free>;
    const KdfContextHandle context(EVP_KDF_CTX_new(hkdf_algorithm()));
    std::string digest = derivation.hash == HkdfHash::sha256 ? "SHA2-256" : "SHA2-512";
    std::vector<OSSL_PARAM> parameters = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &derivation.mode),
        octets(OSSL_KDF_PARAM_KEY, derivation.secret.expose())};
    if (!derivation.salt.empty()) {
        parameters.push_back(octets(OSSL_KDF_PARAM_SALT, derivation.salt));
    }
    if (!derivation.info.empty()) {
        parameters.push_back(octets(OSSL_KDF_PARAM_INFO, derivation.info));
    }
    parameters.push_back(OSSL_PARAM_construct_end());
    SecretBytes derived(derivation.size_bytes);
    auto* const target = reinterpret_cast<unsigned char*>(derived.writable().data());
    const bool done = context != nullptr &&
                      EVP_KDF_derive(context.get(), target, derived.size(), parameters.data()) == 1;
    if (!done) {
        return openssl_error(ErrorCode::crypto, "derive a key");
    }
    return derived;
}

}  // namespace

Result<SecretBytes> hkdf(
    HkdfHash hash, const SecretBytes& secret, HkdfSalt salt, HkdfInfo info, std::size_t size_bytes
) {
    return derive_with(
        {EVP_KDF_HKDF_MODE_EXTRACT_AND_EXPAND, hash, secret, salt.value, info.value, size_bytes}
    );
}

Result<SecretBytes> hkdf_extract(HkdfHash hash, const SecretBytes& secret, HkdfSalt salt) {
    return derive_with(
        {EVP_KDF_HKDF_MODE_EXTRACT_ONLY, hash, secret, salt.value, {}, digest_size(hash)}
    );
}

Result<SecretBytes> hkdf_expand(
    HkdfHash hash, const SecretBytes& key, HkdfInfo info, std::size_t size_bytes
) {
    return derive_with({EVP_KDF_HKDF_MODE_EXPAND_ONLY, hash, key, {}, info.value, size_bytes});
}

}  // namespace heliograph::pki
