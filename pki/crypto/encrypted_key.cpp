// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/crypto/random.hpp>

#include <openssl/pkcs12.h>

#include <array>
#include <cstdint>
#include <optional>

namespace heliograph::pki {

namespace {

constexpr std::size_t key_text_limit_bytes = 1024U * 1024U;
constexpr std::uint64_t scrypt_memory_factor = 16384;  // N
constexpr std::uint64_t scrypt_block_size = 8;         // r
constexpr std::uint64_t scrypt_parallelism = 5;        // p
constexpr int pbkdf2_rounds = 600'000;
constexpr std::uint64_t pbkdf2_round_limit = 4'000'000;
// N * r: 128 bytes each, 32 MiB in all, above which OpenSSL refuses too; N * r * p: the work.
constexpr std::uint64_t scrypt_memory_limit = 32ULL * 1024 * 1024 / 128;
constexpr std::uint64_t scrypt_work_limit = 1U << 22U;

using SealedKeyHandle = OpensslHandle<X509_SIG, X509_SIG_free>;
using PlainKeyHandle = OpensslHandle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using AlgorithmHandle = OpensslHandle<X509_ALGOR, X509_ALGOR_free>;
using Pbes2Handle = OpensslHandle<PBE2PARAM, PBE2PARAM_free>;
using Pbkdf2Handle = OpensslHandle<PBKDF2PARAM, PBKDF2PARAM_free>;
using ScryptHandle = OpensslHandle<SCRYPT_PARAMS, SCRYPT_PARAMS_free>;

Error foreign_scheme(const std::string& seen) {
    return {
        ErrorCode::unsupported,
        "expected a private key under PBES2 with PBKDF2 or scrypt and AES-CBC, saw " + seen +
            "; convert it with 'openssl pkcs8 -topk8 -scrypt'"};
}

Outcome check_passphrase(const SecretBytes& passphrase) {
    if (passphrase.empty() || passphrase.size() > passphrase_limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a passphrase of 1 to " + std::to_string(passphrase_limit_bytes) +
                " bytes, saw " + std::to_string(passphrase.size())
        );
    }
    return {};
}

// A positive number of the file, or none for one that is absent, negative or enormous.
std::optional<std::uint64_t> number_of(const ASN1_INTEGER* integer) {
    std::uint64_t value = 0;
    if (integer == nullptr || ASN1_INTEGER_get_uint64(&value, integer) != 1 || value == 0) {
        drain_openssl_errors();
        return std::nullopt;
    }
    return value;
}

template <typename Handle, typename Item>
Handle unpack_parameters(const X509_ALGOR* algorithm, const Item* item) {
    using Object = typename Handle::element_type;
    Handle object;
    if (algorithm->parameter != nullptr) {
        object.reset(static_cast<Object*>(ASN1_TYPE_unpack_sequence(item, algorithm->parameter)));
    }
    drain_openssl_errors();
    return object;
}

Outcome check_pbkdf2(const X509_ALGOR* derivation) {
    const auto parameters =
        unpack_parameters<Pbkdf2Handle>(derivation, ASN1_ITEM_rptr(PBKDF2PARAM));
    const auto rounds = parameters == nullptr ? std::nullopt : number_of(parameters->iter);
    if (!rounds || *rounds > pbkdf2_round_limit) {
        return foreign_scheme("a count of PBKDF2 rounds outside 1 to 4,000,000");
    }
    return {};
}

Outcome check_scrypt(const X509_ALGOR* derivation) {
    const auto parameters =
        unpack_parameters<ScryptHandle>(derivation, ASN1_ITEM_rptr(SCRYPT_PARAMS));
    if (parameters == nullptr) {
        return foreign_scheme("scrypt without its parameters");
    }
    const auto factor = number_of(parameters->costParameter);
    const auto block = number_of(parameters->blockSize);
    const auto parallel = number_of(parameters->parallelizationParameter);
    // Each alone first, so that their product cannot wrap.
    const bool known = factor && block && parallel && *factor <= scrypt_memory_limit &&
                       *block <= scrypt_memory_limit && *parallel <= scrypt_work_limit;
    if (!known || *factor * *block > scrypt_memory_limit ||
        *factor * *block > scrypt_work_limit / *parallel) {
        return foreign_scheme("a cost of scrypt above 32 MiB or above 32 passes over 16 MiB");
    }
    return {};
}

// The library would run whatever the file asks for; a hostile file asks for hours.
Outcome check_scheme(const X509_SIG* sealed) {
    const X509_ALGOR* scheme = nullptr;
    const ASN1_OCTET_STRING* ignored = nullptr;
    X509_SIG_get0(sealed, &scheme, &ignored);
    if (OBJ_obj2nid(scheme->algorithm) != NID_pbes2) {
        return foreign_scheme("an older scheme");
    }
    const auto parameters = unpack_parameters<Pbes2Handle>(scheme, ASN1_ITEM_rptr(PBE2PARAM));
    if (parameters == nullptr) {
        return foreign_scheme("PBES2 without its parameters");
    }
    const int cipher = OBJ_obj2nid(parameters->encryption->algorithm);
    if (cipher != NID_aes_128_cbc && cipher != NID_aes_192_cbc && cipher != NID_aes_256_cbc) {
        return foreign_scheme("another cipher");
    }
    switch (OBJ_obj2nid(parameters->keyfunc->algorithm)) {
        case NID_id_pbkdf2:
            return check_pbkdf2(parameters->keyfunc);
        case NID_id_scrypt:
            return check_scrypt(parameters->keyfunc);
        default:
            return foreign_scheme("another key derivation");
    }
}

Result<PrivateKey> unlock_der(ByteSpan der, const PassphraseSource& source) {
    const unsigned char* cursor = openssl_bytes(der);
    const SealedKeyHandle sealed(d2i_X509_SIG(nullptr, &cursor, static_cast<long>(der.size())));
    if (sealed == nullptr || cursor != openssl_bytes(der) + der.size()) {
        drain_openssl_errors();
        return Error(
            ErrorCode::malformed, "expected an encrypted private key in DER, saw something else"
        );
    }
    HG_CHECK(check_scheme(sealed.get()));
    HG_TRY(const SecretBytes passphrase, source());
    HG_CHECK(check_passphrase(passphrase));
    const PlainKeyHandle plain(PKCS8_decrypt(
        sealed.get(),
        reinterpret_cast<const char*>(passphrase.expose().data()),
        static_cast<int>(passphrase.size())
    ));
    drain_openssl_errors();
    if (plain == nullptr) {
        return Error(
            ErrorCode::denied,
            "expected the passphrase of this private key, saw another one, or the file is damaged"
        );
    }
    Bytes opened = encode_der(plain.get(), i2d_PKCS8_PRIV_KEY_INFO);
    auto key = PrivateKey::parse_der(opened);
    OPENSSL_cleanse(opened.data(), opened.size());
    return key;
}

Result<AlgorithmHandle> make_scheme(KeyStretching stretching) {
    std::array<std::byte, 16> salt{};
    HG_CHECK(fill_random(salt));
    auto* const start = reinterpret_cast<unsigned char*>(salt.data());
    const int size = static_cast<int>(salt.size());
    AlgorithmHandle scheme;
    switch (stretching) {
        case KeyStretching::scrypt:
            scheme.reset(PKCS5_pbe2_set_scrypt(
                EVP_aes_256_cbc(),
                start,
                size,
                nullptr,
                scrypt_memory_factor,
                scrypt_block_size,
                scrypt_parallelism
            ));
            break;
        case KeyStretching::pbkdf2:
            scheme.reset(PKCS5_pbe2_set_iv(
                EVP_aes_256_cbc(), pbkdf2_rounds, start, size, nullptr, NID_hmacWithSHA256
            ));
            break;
    }
    if (scheme == nullptr) {
        return openssl_error(ErrorCode::crypto, "prepare the encryption of a key");
    }
    return scheme;
}

}  // namespace

Result<std::string> lock_private_key(
    const PrivateKey& key, const SecretBytes& passphrase, KeyStretching stretching
) {
    HG_CHECK(check_passphrase(passphrase));
    HG_TRY(AlgorithmHandle scheme, make_scheme(stretching));
    const PlainKeyHandle plain(EVP_PKEY2PKCS8(key.native()));
    if (plain == nullptr) {
        return openssl_error(ErrorCode::crypto, "encode a private key");
    }
    const SealedKeyHandle sealed(PKCS8_set0_pbe(
        reinterpret_cast<const char*>(passphrase.expose().data()),
        static_cast<int>(passphrase.size()),
        plain.get(),
        scheme.get()
    ));
    if (sealed == nullptr) {
        return openssl_error(ErrorCode::crypto, "encrypt a private key");
    }
    // The library took it over with its success, and only then.
    static_cast<void>(scheme.release());
    return render_pem("ENCRYPTED PRIVATE KEY", encode_der(sealed.get(), i2d_X509_SIG));
}

Result<KeyStretching> parse_key_stretching(std::string_view text) {
    if (text == "scrypt") {
        return KeyStretching::scrypt;
    }
    if (text == "pbkdf2") {
        return KeyStretching::pbkdf2;
    }
    return Error(ErrorCode::invalid_argument, "expected scrypt or pbkdf2, saw another word");
}

Result<bool> is_private_key_encrypted(ByteSpan pem) {
    if (pem.size() > key_text_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a key file of at most 1 MiB, saw more");
    }
    PemReader reader(text_of(pem));
    for (;;) {
        HG_TRY(const auto block, reader.next());
        if (!block) {
            return Error(
                ErrorCode::not_found, "expected a PEM block PRIVATE KEY, saw none in the text"
            );
        }
        if (block->label == "ENCRYPTED PRIVATE KEY" ||
            (block->label.ends_with("PRIVATE KEY") && block->is_encrypted_by_headers())) {
            return true;
        }
        if (block->label == "PRIVATE KEY" || block->label == "EC PRIVATE KEY") {
            return false;
        }
    }
}

Result<PrivateKey> unlock_private_key(ByteSpan pem, const PassphraseSource& source) {
    if (!source || pem.size() > key_text_limit_bytes) {
        return PrivateKey::parse_pem(pem);
    }
    PemReader reader(text_of(pem));
    for (;;) {
        HG_TRY(const auto block, reader.next());
        if (!block || block->label == "PRIVATE KEY" || block->label == "EC PRIVATE KEY") {
            return PrivateKey::parse_pem(pem);
        }
        if (block->label == "ENCRYPTED PRIVATE KEY") {
            HG_TRY(const Bytes der, block->decode());
            return unlock_der(der, source);
        }
    }
}

}  // namespace heliograph::pki
