// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/passphrase_key.hpp>

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>

namespace heliograph::pki {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t salt_least_bytes = 8;
constexpr std::size_t salt_most_bytes = 64;

using KdfHandle = OpensslHandle<EVP_KDF, EVP_KDF_free>;
using KdfContextHandle = OpensslHandle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

Outcome check_input(const SecretBytes& passphrase, ByteSpan salt, const ScryptCost& cost) {
    if (passphrase.empty() || passphrase.size() > passphrase_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a passphrase of 1 to " + std::to_string(passphrase_limit_bytes) +
                " bytes, saw " + std::to_string(passphrase.size())
        );
    }
    if (salt.size() < salt_least_bytes || salt.size() > salt_most_bytes ||
        cost.log2_n < scrypt_log2_n_least || cost.log2_n > scrypt_log2_n_most) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a salt of 8 to 64 bytes and a cost of 10 to 20, saw others"
        );
    }
    return {};
}

// The library takes no pointer to constant bytes, and changes none.
OSSL_PARAM scrypt_octets(const char* name, ByteSpan bytes) {
    return OSSL_PARAM_construct_octet_string(
        name, const_cast<std::byte*>(bytes.data()), bytes.size()
    );
}

}  // namespace

Result<SecretBytes> key_from_passphrase(
    const SecretBytes& passphrase, ByteSpan salt, const ScryptCost& cost
) {
    HG_CHECK(check_input(passphrase, salt, cost));
    std::uint64_t blocks = std::uint64_t{1} << cost.log2_n;
    std::uint32_t block_size = 8;
    std::uint32_t parallelism = 1;
    // The blocks, and what the library needs beside them.
    std::uint64_t memory = blocks * 1024 + 1024U * 1024U;
    const std::array parameters{
        scrypt_octets(OSSL_KDF_PARAM_PASSWORD, passphrase.expose()),
        scrypt_octets(OSSL_KDF_PARAM_SALT, salt),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &blocks),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &block_size),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &parallelism),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end()};
    const KdfHandle kdf(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
    const KdfContextHandle context(kdf == nullptr ? nullptr : EVP_KDF_CTX_new(kdf.get()));
    if (context == nullptr) {
        return openssl_error(ErrorCode::crypto, "begin scrypt");
    }
    SecretBytes key(key_bytes);
    HG_CHECK(check(
        EVP_KDF_derive(
            context.get(),
            reinterpret_cast<unsigned char*>(key.writable().data()),
            key.size(),
            parameters.data()
        ),
        "make a key from a passphrase"
    ));
    return key;
}

}  // namespace heliograph::pki
