// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/key.hpp>
#include <pki/crypto/key_form.hpp>
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

namespace heliograph::pki {

namespace {

constexpr std::size_t bundle_limit_bytes = 1024U * 1024U;

using PlainKeyHandle = OpensslHandle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

Bytes spki_of(EVP_PKEY* key) {
    auto fixed = write_fixed_spki(key);
    return fixed ? std::move(*fixed) : encode_der(key, i2d_PUBKEY);
}

// Null for all else than a private key alone.
PkeyHandle read_private_key(ByteSpan der) {
    if (PkeyHandle fixed = read_fixed_pkcs8(der)) {
        return fixed;
    }
    const unsigned char* cursor = openssl_bytes(der);
    PkeyHandle key(d2i_AutoPrivateKey(nullptr, &cursor, static_cast<long>(der.size())));
    drain_openssl_errors();
    return cursor == openssl_bytes(der) + der.size() ? std::move(key) : nullptr;
}

// Null for all else than a SubjectPublicKeyInfo alone.
PkeyHandle read_public_key(ByteSpan der) {
    if (PkeyHandle fixed = read_fixed_spki(der)) {
        return fixed;
    }
    const unsigned char* cursor = openssl_bytes(der);
    PkeyHandle key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(der.size())));
    drain_openssl_errors();
    return cursor == openssl_bytes(der) + der.size() ? std::move(key) : nullptr;
}

// The library's encoders and decoders cost a thousand times what they move, so values are handed
// over. Keys in devices have none to hand over.
PkeyHandle move_public_values(EVP_PKEY* key) {
    OSSL_PARAM* raw = nullptr;
    const bool exported = EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &raw) == 1;
    const OpensslHandle<OSSL_PARAM, OSSL_PARAM_free> values(raw);
    const PkeyContextHandle context(
        exported ? EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr) : nullptr
    );
    EVP_PKEY* made = nullptr;
    const bool done = context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, raw) == 1;
    PkeyHandle half(made);
    if (!done) {
        drain_openssl_errors();
        return nullptr;
    }
    return half;
}

// An own object: the public half must not keep the private one alive.
PkeyHandle copy_public_half(EVP_PKEY* key) {
    if (PkeyHandle moved = move_public_values(key)) {
        return moved;
    }
    PkeyHandle half = read_public_key(spki_of(key));
    HG_ASSERT(half != nullptr);
    return half;
}

constexpr std::array signing_types = {
    KeyType::p256, KeyType::p384, KeyType::rsa3072, KeyType::ed25519};

}  // namespace

std::string_view key_type_name(KeyType type) {
    switch (type) {
        case KeyType::p256:
            return "p256";
        case KeyType::p384:
            return "p384";
        case KeyType::rsa3072:
            return "rsa3072";
        case KeyType::ed25519:
            return "ed25519";
        case KeyType::x25519:
            break;
    }
    return "x25519";
}

Result<KeyType> parse_signing_key_type(std::string_view text) {
    for (const KeyType type : signing_types) {
        if (text == key_type_name(type)) {
            return type;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a kind of key among p256, p384, rsa3072, ed25519, saw '" +
            std::string(text.substr(0, 64)) + "'"
    );
}

Result<PrivateKey> PrivateKey::parse_der(ByteSpan der) {
    PkeyHandle key = read_private_key(der);
    if (key == nullptr) {
        return Error(ErrorCode::malformed, "expected a private key in DER, saw something else");
    }
    HG_CHECK(check_key_policy(key.get()));
    const PkeyContextHandle context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
    if (context == nullptr || EVP_PKEY_pairwise_check(context.get()) != 1) {
        drain_openssl_errors();
        return Error(
            ErrorCode::malformed, "expected a private key, saw one whose two halves do not match"
        );
    }
    return PrivateKey(Handle(key.release()));
}

Result<PublicKey> PublicKey::parse_pem(std::string_view pem) {
    if (pem.size() > key_pem_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a public key of at most 64 KiB, saw more");
    }
    PemReader reader(pem);
    HG_TRY(const auto block, reader.next());
    if (!block || block->label != "PUBLIC KEY") {
        return Error(ErrorCode::malformed, "expected a PEM block PUBLIC KEY, saw something else");
    }
    HG_TRY(const auto second, reader.next());
    if (second) {
        return Error(ErrorCode::malformed, "expected one PEM block PUBLIC KEY, saw another block");
    }
    HG_TRY(const Bytes der, block->decode());
    return parse_spki(der);
}

Result<PublicKey> PublicKey::parse_spki(ByteSpan der) {
    PkeyHandle key = read_public_key(der);
    if (key == nullptr) {
        return Error(
            ErrorCode::malformed, "expected a SubjectPublicKeyInfo in DER, saw something else"
        );
    }
    HG_CHECK(check_key_policy(key.get()));
    return PublicKey(std::shared_ptr<evp_pkey_st>(std::move(key)));
}

std::string PublicKey::to_pem() const {
    return render_pem("PUBLIC KEY", spki_der());
}

Bytes PublicKey::spki_der() const {
    return spki_of(m_handle.get());
}

std::string PublicKey::description() const {
    return describe_key(m_handle.get());
}

bool operator==(const PublicKey& left, const PublicKey& right) {
    return EVP_PKEY_eq(left.native(), right.native()) == 1;
}

PublicKey PublicKey::adopt(std::shared_ptr<evp_pkey_st> handle) {
    HG_ASSERT(handle != nullptr);
    return PublicKey(std::move(handle));
}

void PrivateKey::Deleter::operator()(evp_pkey_st* handle) const noexcept {
    EVP_PKEY_free(handle);
}

PrivateKey PrivateKey::adopt(Handle handle) {
    HG_ASSERT(handle != nullptr);
    return PrivateKey(std::move(handle));
}

Result<PrivateKey> PrivateKey::generate(KeyType type) {
    EVP_PKEY* made = nullptr;
    switch (type) {
        case KeyType::p256:
            made = EVP_EC_gen("P-256");
            break;
        case KeyType::p384:
            made = EVP_EC_gen("P-384");
            break;
        case KeyType::rsa3072:
            made = EVP_RSA_gen(3072);
            break;
        case KeyType::ed25519:
            made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
            break;
        case KeyType::x25519:
            made = EVP_PKEY_Q_keygen(nullptr, nullptr, "X25519");
            break;
    }
    if (made == nullptr) {
        return openssl_error(ErrorCode::crypto, "generate a key");
    }
    return PrivateKey(Handle(made));
}

Result<PrivateKey> PrivateKey::parse_pem(ByteSpan pem) {
    if (pem.size() > bundle_limit_bytes) {
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
        if (block->label.ends_with("PRIVATE KEY") && block->is_encrypted_by_headers()) {
            return Error(
                ErrorCode::unsupported,
                "expected a private key in PKCS #8, saw one that is encrypted as RFC 1421 has it; "
                "convert it with 'openssl pkcs8 -topk8 -scrypt'"
            );
        }
        if (block->label == "ENCRYPTED PRIVATE KEY") {
            return Error(
                ErrorCode::unsupported,
                "expected an unencrypted private key, saw an encrypted one; give its passphrase, "
                "or decrypt it with 'openssl pkey' into a file that only you can read"
            );
        }
        if (block->label != "PRIVATE KEY" && block->label != "EC PRIVATE KEY") {
            continue;
        }
        HG_TRY(Bytes der, block->decode());
        auto key = parse_der(der);
        OPENSSL_cleanse(der.data(), der.size());
        return key;
    }
}

SecretBytes PrivateKey::to_pem() const {
    return render_secret_pem("PRIVATE KEY", to_der().expose());
}

SecretBytes PrivateKey::to_der() const {
    if (auto fixed = write_fixed_pkcs8(m_handle.get())) {
        return std::move(*fixed);
    }
    const PlainKeyHandle plain(EVP_PKEY2PKCS8(m_handle.get()));
    HG_ASSERT(plain != nullptr);
    const int size = i2d_PKCS8_PRIV_KEY_INFO(plain.get(), nullptr);
    HG_ASSERT(size > 0);
    SecretBytes der(static_cast<std::size_t>(size));
    auto* cursor = reinterpret_cast<unsigned char*>(der.writable().data());
    HG_ASSERT(i2d_PKCS8_PRIV_KEY_INFO(plain.get(), &cursor) == size);
    return der;
}

Bytes PrivateKey::spki_der() const {
    return spki_of(m_handle.get());
}

bool PrivateKey::belongs_to(const PublicKey& key) const {
    return EVP_PKEY_eq(m_handle.get(), key.native()) == 1;
}

PublicKey PrivateKey::public_key() const {
    return PublicKey::adopt(std::shared_ptr<evp_pkey_st>(copy_public_half(m_handle.get())));
}

}  // namespace heliograph::pki
