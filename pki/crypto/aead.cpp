// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/aead.hpp>
#include <pki/crypto/openssl_handle.hpp>

#include <string>

namespace heliograph::pki {

namespace {

constexpr std::size_t message_limit_bytes = 1U << 30U;

// Fetched once, as in digest.cpp.
const EVP_CIPHER* gcm_cipher(std::size_t key_bytes) {
    static const EVP_CIPHER* const shorter = EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr);
    static const EVP_CIPHER* const longer = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    HG_ASSERT(shorter != nullptr && longer != nullptr);
    return key_bytes == 16 ? shorter : longer;
}

enum class Direction : int { open = 0, seal = 1 };

struct Job {
    EVP_CIPHER_CTX* context;
    const EVP_CIPHER* cipher;
    Direction direction;
};

bool prepare(const Job& job, const SecretBytes& key, const GcmNonce& nonce, ByteSpan associated) {
    int ignored = 0;
    return EVP_CipherInit_ex2(
               job.context,
               job.cipher,
               openssl_bytes(key.expose()),
               openssl_bytes(nonce),
               static_cast<int>(job.direction),
               nullptr
           ) == 1 &&
           (associated.empty() || EVP_CipherUpdate(
                                      job.context,
                                      nullptr,
                                      &ignored,
                                      openssl_bytes(associated),
                                      static_cast<int>(associated.size())
                                  ) == 1);
}

// The whole input at once; an empty one needs no call, and a null pointer would mean associated
// data.
bool transform(EVP_CIPHER_CTX* context, ByteSpan input, std::byte* output) {
    int written = 0;
    return input.empty() || (EVP_CipherUpdate(
                                 context,
                                 reinterpret_cast<unsigned char*>(output),
                                 &written,
                                 openssl_bytes(input),
                                 static_cast<int>(input.size())
                             ) == 1 &&
                             static_cast<std::size_t>(written) == input.size());
}

bool finish(EVP_CIPHER_CTX* context) {
    std::array<unsigned char, 16> nothing{};  // GCM has no padding to write
    int written = 0;
    return EVP_CipherFinal_ex(context, nothing.data(), &written) == 1 && written == 0;
}

Error too_long() {
    return {ErrorCode::too_large, "expected at most 1 GiB to encrypt at once, saw more"};
}

}  // namespace

void AesGcm::Deleter::operator()(evp_cipher_ctx_st* context) const noexcept {
    EVP_CIPHER_CTX_free(context);
}

AesGcm::AesGcm(SecretBytes key, const evp_cipher_st* cipher, Context context)
    : m_key(std::move(key)), m_cipher(cipher), m_context(std::move(context)) {
}

Result<AesGcm> AesGcm::with_key(SecretBytes key) {
    if (key.size() != 16 && key.size() != 32) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an AES-GCM key of 16 or 32 bytes, saw " + std::to_string(key.size())
        );
    }
    Context context(EVP_CIPHER_CTX_new());
    HG_ASSERT(context != nullptr);
    const auto* const cipher = gcm_cipher(key.size());
    return AesGcm(std::move(key), cipher, std::move(context));
}

Result<Bytes> AesGcm::seal(const GcmNonce& nonce, ByteSpan plaintext, AssociatedData associated) {
    if (plaintext.size() > message_limit_bytes || associated.value.size() > message_limit_bytes) {
        return too_long();
    }
    Bytes sealed(plaintext.size() + gcm_tag_bytes);
    auto* const context = m_context.get();
    const bool done =
        prepare({context, m_cipher, Direction::seal}, m_key, nonce, associated.value) &&
        transform(context, plaintext, sealed.data()) && finish(context) &&
        EVP_CIPHER_CTX_ctrl(
            context, EVP_CTRL_AEAD_GET_TAG, gcm_tag_bytes, sealed.data() + plaintext.size()
        ) == 1;
    if (!done) {
        return openssl_error(ErrorCode::crypto, "encrypt with AES-GCM");
    }
    return sealed;
}

Result<std::optional<SecretBytes>> AesGcm::open(
    const GcmNonce& nonce, ByteSpan sealed, AssociatedData associated
) {
    if (sealed.size() > message_limit_bytes || associated.value.size() > message_limit_bytes) {
        return too_long();
    }
    if (sealed.size() < gcm_tag_bytes) {
        return std::optional<SecretBytes>();
    }
    const ByteSpan ciphertext = sealed.first(sealed.size() - gcm_tag_bytes);
    Bytes tag = to_bytes(sealed.last(gcm_tag_bytes));
    SecretBytes plaintext(ciphertext.size());
    auto* const context = m_context.get();
    if (!prepare({context, m_cipher, Direction::open}, m_key, nonce, associated.value) ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, gcm_tag_bytes, tag.data()) != 1) {
        return openssl_error(ErrorCode::crypto, "decrypt with AES-GCM");
    }
    if (!transform(context, ciphertext, plaintext.writable().data()) || !finish(context)) {
        drain_openssl_errors();
        return std::optional<SecretBytes>();
    }
    return std::optional(std::move(plaintext));
}

}  // namespace heliograph::pki
