// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/fernet_codec.hpp>
#include <pki/crypto/mac.hpp>
#include <pki/crypto/openssl_handle.hpp>

namespace heliograph::pki {

namespace {

using CipherContextHandle = OpensslHandle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

constexpr std::byte fernet_version{0x80};
constexpr std::size_t block_bytes = 16;
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t head_bytes = 1 + 8 + block_bytes;
constexpr std::size_t smallest_token = head_bytes + block_bytes + mac_bytes;

void append_big_endian(Bytes& target, std::uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        target.push_back(static_cast<std::byte>(value >> static_cast<unsigned>(shift) & 0xffU));
    }
}

// Appends the ciphertext to the head.
Outcome append_encrypted(
    Bytes& raw, const FernetKey& key, ByteSpan message, const FernetVector& initial
) {
    const CipherContextHandle context(EVP_CIPHER_CTX_new());
    const std::size_t start = raw.size();
    raw.resize(start + (message.size() / block_bytes + 1) * block_bytes);
    auto* const target = reinterpret_cast<unsigned char*>(raw.data() + start);
    int written = 0;
    int last = 0;
    const bool done = context != nullptr &&
                      EVP_EncryptInit_ex2(
                          context.get(),
                          EVP_aes_128_cbc(),
                          openssl_bytes(key.encryption_key().expose()),
                          openssl_bytes(initial),
                          nullptr
                      ) == 1 &&
                      EVP_EncryptUpdate(
                          context.get(),
                          target,
                          &written,
                          openssl_bytes(message),
                          static_cast<int>(message.size())
                      ) == 1 &&
                      EVP_EncryptFinal_ex(context.get(), target + written, &last) == 1;
    if (!done) {
        return openssl_error(ErrorCode::crypto, "encrypt a token");
    }
    HG_ASSERT(start + static_cast<std::size_t>(written + last) == raw.size());
    return {};
}

}  // namespace

Result<std::string> render_fernet(
    const FernetKey& key, ByteSpan message, const FernetStamp& stamp
) {
    if (message.size() > fernet_message_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a message of at most 16 MiB for a token, saw more; seal it as a file"
        );
    }
    Bytes raw{fernet_version};
    append_big_endian(raw, stamp.seconds);
    raw.insert(raw.end(), stamp.initial.begin(), stamp.initial.end());
    HG_CHECK(append_encrypted(raw, key, message, stamp.initial));
    HG_TRY(const HmacSha256 mac, hmac_sha256(key.signing_key(), raw));
    raw.insert(raw.end(), mac.begin(), mac.end());
    std::string text = encode_base64url(raw);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<FernetToken> FernetToken::decode(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > fernet_token_limit_bytes) {
        return std::nullopt;
    }
    for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) {
        text.remove_suffix(1);
    }
    auto raw = decode_base64url(text);
    const bool formed = raw && raw->size() >= smallest_token && raw->front() == fernet_version &&
                        (raw->size() - head_bytes - mac_bytes) % block_bytes == 0;
    return formed ? std::optional(FernetToken{*std::move(raw)}) : std::nullopt;
}

std::uint64_t FernetToken::seconds() const {
    std::uint64_t value = 0;
    for (std::size_t i = 1; i < 9; ++i) {
        value = value << 8U | std::to_integer<std::uint64_t>(raw[i]);
    }
    return value;
}

Result<bool> FernetToken::is_authentic(const FernetKey& key) const {
    const ByteSpan bytes(raw);
    HG_TRY(
        const HmacSha256 mac, hmac_sha256(key.signing_key(), bytes.first(bytes.size() - mac_bytes))
    );
    return equal_in_constant_time(mac, bytes.last(mac_bytes));
}

Result<std::optional<SecretBytes>> FernetToken::decrypt(const FernetKey& key) const {
    const ByteSpan bytes(raw);
    const ByteSpan body = bytes.subspan(head_bytes, bytes.size() - head_bytes - mac_bytes);
    const CipherContextHandle context(EVP_CIPHER_CTX_new());
    SecretBytes padded(body.size() + block_bytes);
    auto* const target = reinterpret_cast<unsigned char*>(padded.writable().data());
    int written = 0;
    int last = 0;
    const bool done =
        context != nullptr &&
        EVP_DecryptInit_ex2(
            context.get(),
            EVP_aes_128_cbc(),
            openssl_bytes(key.encryption_key().expose()),
            openssl_bytes(bytes.subspan(9, block_bytes)),
            nullptr
        ) == 1 &&
        EVP_DecryptUpdate(
            context.get(), target, &written, openssl_bytes(body), static_cast<int>(body.size())
        ) == 1;
    if (!done) {
        return openssl_error(ErrorCode::crypto, "decrypt a token");
    }
    if (EVP_DecryptFinal_ex(context.get(), target + written, &last) != 1) {
        drain_openssl_errors();
        return std::optional<SecretBytes>();
    }
    const auto size = static_cast<std::size_t>(written) + static_cast<std::size_t>(last);
    return std::optional(SecretBytes(padded.expose().first(size)));
}

}  // namespace heliograph::pki
